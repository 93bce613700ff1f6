"""Trueup keeps a self-hosted, multi-host LLM stack and its documentation true."""
