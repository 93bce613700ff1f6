# ruff: noqa: E501 - an expression stands on one line
"""Shapes of secrets that detect-secrets 1.5.0 knows (Apache-2.0, https://github.com/Yelp/detect-secrets).

Written by tools/secret_patterns.py; do not edit.
"""

from typing import Final

SHAPES: Final = (
    r'(?:(?:\s|=|:|"|^)AKC[a-zA-Z0-9]{10,}(?:\s|"|$))',  # Artifactory Credentials
    r'(?:(?:\s|=|:|"|^)AP[\dABCDEF][a-zA-Z0-9]{8,}(?:\s|"|$))',  # Artifactory Credentials
    r"(?:(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[0-9A-Z]{16})",  # AWS Access Key
    r"(?:AccountKey=[a-zA-Z0-9+\/=]{88})",  # Azure Storage Account access key
    r"(?:[MNO][a-zA-Z\d_-]{23,25}\.[a-zA-Z\d_-]{6}\.[a-zA-Z\d_-]{27})",  # Discord Bot Token
    r"(?:[0-9a-z]{32}-us[0-9]{1,2})",  # Mailchimp Access Key
    r"(?i:xox(?:a|b|p|o|s|r)-(?:\d+-)+[a-z0-9]+)",  # Slack Token
    r"(?i:https://hooks\.slack\.com/services/T[a-zA-Z0-9_]+/B[a-zA-Z0-9_]+/[a-zA-Z0-9_]+)",  # Slack Token
    r"(?:sq0csp-[0-9A-Za-z\\\-_]{43})",  # Square OAuth Secret
    r"(?:\d{8,10}:[0-9A-Za-z_-]{35})",  # Telegram Bot Token
    r"(?:AC[a-z0-9]{32})",  # Twilio API Key
    r"(?:SK[a-z0-9]{32})",  # Twilio API Key
)
"""What is a secret by itself."""

NAMED: Final = (
    r"""(?i:aws.{0,20}?(?:key|pwd|pw|password|pass|token).{0,20}?[\'\"]([0-9a-zA-Z/+]{40})[\'\"])""",  # AWS Access Key
    r"""(?i:(?:(?<=\W)|(?<=^))(?:\[|)(?:"|\'|)(?:cloudant|cl|clou)(?:_|-|)(?:api|)(?:key|pwd|pw|password|pass|token)(?:"|\'|)(?:\]|) *(?:(?:=>?|:[:=]?) *|(?<= ))(?:"|\'|)([0-9a-f]{64})(?:"|\'|))""",  # Cloudant Credentials
    r"""(?i:(?:(?<=\W)|(?<=^))(?:\[|)(?:"|\'|)(?:cloudant|cl|clou)(?:_|-|)(?:api|)(?:key|pwd|pw|password|pass|token)(?:"|\'|)(?:\]|) *(?:(?:=>?|:[:=]?) *|(?<= ))(?:"|\'|)([a-z]{24})(?:"|\'|))""",  # Cloudant Credentials
    r"(?i:(?:https?\:\/\/)[\w\-]+\:([0-9a-f]{64})\@[\w\-]+\.cloudant\.com)",  # Cloudant Credentials
    r"(?i:(?:https?\:\/\/)[\w\-]+\:([a-z]{24})\@[\w\-]+\.cloudant\.com)",  # Cloudant Credentials
    r"""(?i:(?:(?<=\W)|(?<=^))(?:\[|)(?:"|\'|)(?:ibm(?:_|-|)cloud(?:_|-|)iam|cloud(?:_|-|)iam|ibm(?:_|-|)cloud|ibm(?:_|-|)iam|ibm|iam|cloud|)(?:_|-|)(?:api|)(?:_|-|)(?:key|pwd|password|pass|token)(?:"|\'|)(?:\]|) *(?:(?:=>?|:[:=]?) *|(?<= ))(?:"|\'|)([a-zA-Z0-9_\-]{44}(?![a-zA-Z0-9_\-]))(?:"|\'|))""",  # IBM Cloud IAM Key
    r"""(?i:(?:(?<=\W)|(?<=^))(?:\[|)(?:"|\'|)(?:(?:ibm)?[-_]?cos[-_]?(?:hmac)?|)(?:_|-|)(?:secret[-_]?(?:access)?[-_]?key)(?:"|\'|)(?:\]|) *(?:(?:=>?|:[:=]?) *|(?<= ))(?:"|\'|)([a-f0-9]{48}(?![a-f0-9]))(?:"|\'|))""",  # IBM COS HMAC Credentials
    r"""(?i:(?:(?<=\W)|(?<=^))(?:\[|)(?:"|\'|)(?:softlayer|sl)(?:_|-|)(?:api|)(?:_|-|)(?:key|pwd|password|pass|token)(?:"|\'|)(?:\]|) *(?:(?:=>?|:[:=]?) *|(?<= ))(?:"|\'|)([a-z0-9]{64})(?:"|\'|))""",  # SoftLayer Credentials
    r"(?i:(?:http|https)://api.softlayer.com/soap/(?:v3|v3.1)/([a-z0-9]{64}))",  # SoftLayer Credentials
)
"""A secret, the only group, with the name or place before it."""
