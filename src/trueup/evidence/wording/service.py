"""Words for what a service says of itself: answers, model ids, lanes, routes."""

from __future__ import annotations

import json
import re

from trueup.evidence.phrases import Field, Phrase
from trueup.evidence.wording.parts import Readers, Writers, Written, at, build, flag, many, optional, unless, unmoment
from trueup.vocabulary import Answer, Lane, Models, Route, Tls


def _put_answer(answer: Answer) -> Written:
    method = answer.method.replace("\\", r"\\").replace(" ", r"\s")
    head = "` => no status noted" if answer.status is None else f"` => {answer.status}"
    fields = optional(key=unless("none", answer.key), type=answer.media_type)
    fields += many("keys", answer.shape)
    if answer.scalars:
        pairs = (
            f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(value, ensure_ascii=False)}"
            for name, value in answer.scalars
        )
        fields.append(("values", (f"{{{', '.join(pairs)}}}",)))
    fields += optional(text=answer.text, location=answer.location, error=answer.error)
    if answer.tls is not None:
        fields += _tls(answer.tls)
    return head, [f"{method} {answer.url}"], fields


def _take_answer(phrase: Phrase) -> Answer:
    method, _, url = phrase.spans[0].partition(" ")
    status = re.search(r"-?\d+$", phrase.head)
    return build(
        Answer,
        method=re.sub(r"\\([\\s])", lambda match: " " if match[1] == "s" else "\\", method),
        url=url,
        key=phrase.one("key") or "none",
        status=int(status[0]) if status else None,
        media_type=phrase.one("type"),
        shape=phrase.values("keys"),
        scalars=json.loads(phrase.one("values") or "{}", object_pairs_hook=list) or [],
        text=phrase.one("text"),
        location=phrase.one("location"),
        error=phrase.one("error"),
        tls=_untls(phrase),
    )


def _put_models(models: Models) -> Written:
    head = "Models listed by `, in part" if models.partial else "Models listed by `"
    return head, [models.url], [(model.kind, (model.id,)) for model in models.ids]


def _take_models(phrase: Phrase) -> Models:
    ids = [{"id": value, "kind": kind} for kind, values in phrase.fields for value in values]
    return build(Models, url=phrase.spans[0], ids=ids, partial=phrase.head.endswith("part"))


def _put_lane(lane: Lane) -> Written:
    return f"` {lane.state}", [str(lane.port)], optional(handle=lane.handle)


def _take_lane(phrase: Phrase) -> Lane:
    state = phrase.head.removeprefix("` ")
    return build(Lane, port=int(phrase.spans[0]), state=state, handle=phrase.one("handle"))


def _put_route(route: Route) -> Written:
    return "Route ` to `", [route.alias, route.target], ()


def _take_route(phrase: Phrase) -> Route:
    return Route(*phrase.spans)


def _tls(tls: Tls) -> list[Field]:
    fields = [*optional(TLS=tls.version), *flag(True, f"certificate {'' if tls.trusted else 'not '}trusted")]
    return [*fields, *many("certificate names", tls.names), *at("certificate ends", tls.expires_at)]


def _untls(phrase: Phrase) -> dict[str, object] | None:
    version = phrase.one("TLS")
    if version is None:
        return None
    return {
        "version": version,
        "names": phrase.values("certificate names"),
        "expires_at": unmoment(phrase.one("certificate ends")),
        "trusted": phrase.says("certificate trusted"),
    }


WRITERS: Writers = {
    Answer: _put_answer,
    Models: _put_models,
    Lane: _put_lane,
    Route: _put_route,
}
READERS: Readers = (
    ("` => (?:no status noted|-?[0-9]+)", _take_answer),
    ("Models listed by `(?:, in part)?", _take_models),
    ("` (?:listening|idle)", _take_lane),
    ("Route ` to `", _take_route),
)
