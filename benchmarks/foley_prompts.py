"""Measures how often a description is read as people mean it: classes, and all that the words say of them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.machine import ROOT
from benchmarks.report import Report, at_least
from server.engines.foley.prompt.match import Meaning, load_prompts, match_prompt
from server.engines.foley.prompt.meaning import load_meanings
from server.engines.foley.prompt.plan import PromptPlan
from server.runtime.sessions import open_session

_FOLDER: Final = ROOT / "benchmarks" / "foley"
_SETS: Final = (
    ("prompts_en.json", "English", 0.90),
    ("prompts_zh.json", "Chinese", 0.85),
    ("prompts_fresh_en.json", "English, first fresh ones", None),
    ("prompts_fresh_zh.json", "Chinese, first fresh ones", None),
    ("prompts_second_en.json", "English, second", None),
    ("prompts_second_zh.json", "Chinese, second", None),
    ("prompts_third_en.json", "English, third", None),
    ("prompts_third_zh.json", "Chinese, third", None),
    ("prompts_last_en.json", "English, fourth", None),
    ("prompts_last_zh.json", "Chinese, fourth", None),
    ("prompts_unseen_en.json", "English, unseen: never tuned for", 0.90),
    ("prompts_unseen_zh.json", "Chinese, unseen: never tuned for", 0.85),
)
"""File, name, target. What was written before the matcher, and sets written one after the other when it had been tuned
for those before; only the unseen ones say how it does with what nobody tried."""
COLUMNS: Final = ("prompts", "number", "set of classes right", "micro-F1", "right in every detail")


@dataclass(frozen=True, slots=True)
class Score:
    """One prompt, judged."""

    text: str
    wanted: tuple[str, ...]
    found: tuple[str, ...]
    """Without what may or may not be there."""
    details: tuple[str, ...]
    """What else was read wrong, one phrase each."""

    @property
    def is_right(self) -> bool:
        """Whether the sets are the same."""
        return set(self.wanted) == set(self.found)


def run() -> Report:
    """Read every prompt and compare."""
    load_prompts()
    meaning = load_meanings(ROOT / "onnx_models", lambda graph, *, shapes=(): open_session(graph))
    rows, targets, raw = [], [], {}
    for file, name, wanted in _SETS:
        scores = [judge(prompt, meaning) for prompt in json.loads((_FOLDER / file).read_text(encoding="utf-8"))]
        right = sum(score.is_right for score in scores) / len(scores)
        exact = sum(score.is_right and not score.details for score in scores) / len(scores)
        rows.append((name, str(len(scores)), f"{right:.3f}", f"{micro_f1(scores):.3f}", f"{exact:.3f}"))
        if wanted is not None:
            targets.append(at_least(f"{name}: set of classes right", right, wanted, ""))
        raw[file] = [
            {"text": s.text, "wanted": s.wanted, "found": s.found, "details": s.details}
            for s in scores
            if s.details or not s.is_right
        ]
    return Report(
        name="foley_prompts",
        title="Descriptions read as people mean them",
        columns=COLUMNS,
        rows=rows,
        targets=targets,
        notes=(
            "What is right is said in benchmarks/foley/prompts.md.",
            "The 100 and 100 were written before the matcher, and it was tuned until it read them; before tuning it "
            "read 0.88 (a bug in the negations) and 0.97 of them.",
            "Each later set was measured when it had been written and then tuned for as well. At first sight: "
            "English 0.80, 0.90, 0.87, 0.76; Chinese 0.80, 0.70, 0.73, 0.88.",
            "The unseen ones were measured once, and nothing was changed for them.",
            "The JSON has every prompt that was not read right.",
        ),
        raw=raw,
    )


def judge(prompt: Mapping[str, Any], meaning: Meaning | None) -> Score:
    """Read one prompt; benchmarks/foley/prompts.md has the fields."""
    plan = match_prompt(prompt["text"], meaning=meaning)
    found = sorted({sound.label for sound in plan.sounds} - set(prompt.get("may", ())))
    return Score(prompt["text"], tuple(sorted(prompt["classes"])), tuple(found), tuple(_details(prompt, plan)))


def micro_f1(scores: Iterable[Score]) -> float:
    """F1 over all classes of all prompts together."""
    hits = misses = extra = 0
    for score in scores:
        wanted, found = set(score.wanted), set(score.found)
        hits += len(wanted & found)
        misses += len(wanted - found)
        extra += len(found - wanted)
    return 2 * hits / (2 * hits + misses + extra)


def _details(prompt: Mapping[str, Any], plan: PromptPlan) -> Iterable[str]:
    for label, material in prompt.get("materials", {}).items():
        sound = plan.sound(label)
        if sound is not None and sound.material != material:
            yield f"{label} of {sound.material}, not {material}"
    for label, degree in prompt.get("intensity", {}).items():
        sound = plan.sound(label)
        if sound is not None and not (sound.intensity < 0.4 if degree == "low" else sound.intensity > 0.6):
            yield f"{label} at {sound.intensity:.2f}, not {degree}"
    if plan.excluded != set(prompt.get("exclude", ())):
        yield f"excludes {', '.join(sorted(plan.excluded)) or 'nothing'}"
    if prompt.get("only") and not plan.is_only:
        yield "does not see that nothing else is wanted"
    if prompt.get("no_bed") and plan.has_bed:
        yield "does not see that no background is wanted"
