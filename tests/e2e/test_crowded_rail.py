"""The rail while it has much to say: labels keep their room, and nothing is lost below the edge."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.test_accessibility import MISPLACED
from tests.e2e.workspace import Workspace

pytestmark = pytest.mark.thorough

# Five volumes, two labels that a run warns of, an upload, a batch and what a run says below its button.
CROWD = """() => {
  const part = (id) => document.querySelector(`[data-testid="${id}"]`);
  const show = (each) => { each.hidden = false; return each; };
  const fill = (list, count, change) => {
    for (const row of list.children) change(row);
    while (list.children.length < count) list.append(list.firstElementChild.cloneNode(true));
    while (list.children.length > count) list.lastElementChild.remove();
  };
  fill(document.querySelector('.volume-list'), 5, (row) => {
    const quality = show([...row.querySelectorAll('.volume-meta')].at(-1));
    quality.textContent = '81 % \\u00b7 Anterior \\u2248 0.77';
  });
  const warning =
    'It is painted on one slice only, so its accuracy cannot be told: paint it on another slice.';
  fill(document.querySelector('.label-list'), 2, (row) => {
    if (row.classList.contains('is-judged')) return; // it was filled before
    row.classList.add('is-judged');
    const name = row.querySelector('.label-name');
    const text = name.parentElement.insertBefore(document.createElement('div'), name);
    text.className = 'label-text';
    text.append(name);
    const append = (to, html) => to.insertAdjacentHTML('beforeend', html);
    append(text, '<div class="label-facts"><span class="quality">0.77 fair</span></div>');
    append(row, `<div class="label-warning"><svg width="14" height="14"></svg><p>${warning}</p></div>`);
  });
  show(part('upload-progress')).querySelector('span').textContent = 'Uploading scan.nii.gz';
  const batch = show(part('batch'));
  for (const each of batch.querySelectorAll('[hidden]:not([data-testid="batch-resume"])')) show(each);
  part('batch-text').textContent = 'Predicting: 1 of 4';
  part('propagate-reason').textContent = 'Done in 1 min 26 s, from 2 painted slices and 1 other volume';
  show(part('next-slice')).firstElementChild.textContent =
    'Slice 16: no painted slice shows where Anterior ends';
  show(part('next-slice-go')).textContent = 'Go to slice 16 (J)';
  show(part('run-choice')).textContent = 'seed 1';
  show(part('run-warnings')).textContent = '2 labels need more painting';
  show(part('save-model')).parentElement.hidden = false;
  const review = show(part('review'));
  review.dataset.state = 'none';
  const other = 'button, .comments, .review-note, .bar';
  for (const each of review.querySelectorAll('*')) each.hidden = each.matches(other);
  show(part('review-ready'));
  for (const id of ['compare-runs', 'compare-reference']) show(part(id));
  const steps = [...document.querySelectorAll('.guide li')];
  steps.forEach((step, at) => {
    step.classList.toggle('done', at < 3);
    step.classList.toggle('current', at === 3);
    step.querySelector('p').hidden = at !== 3;
  });
  steps[3].querySelector('p').textContent =
    'Show uncertainty (D) colours what may be wrong. Paint over it, then propagate again.';
}"""

ROOM = """() => {
  const box = (selector) => document.querySelector(selector).getBoundingClientRect();
  const rail = document.querySelector('.rail');
  rail.scrollTop = 0;
  const volumes = document.querySelector('.volume-list');
  return {
    list: box('.label-list').height,
    second: box('.label-list').bottom - box('.label-row:nth-child(2) .label-facts').bottom,
    review: box('[data-testid="review-ready"]').height,
    rows: volumes.clientHeight / volumes.firstElementChild.offsetHeight,
    scrolls: volumes.scrollHeight > volumes.clientHeight,
    below: Math.max(...['save-model', 'review-ready', 'compare-reference']
      .map((id) => box(`[data-testid="${id}"]`).bottom)) - rail.getBoundingClientRect().bottom,
    railScrolls: rail.scrollHeight > rail.clientHeight,
  };
}"""


def crowded(workspace: Workspace, width: int, height: int) -> dict[str, Any]:
    """How much room there is in a crowded rail."""
    workspace.page.set_viewport_size({"width": width, "height": height})
    # In one go, before the page says again what is there.
    found = workspace.page.evaluate(f"() => {{ ({CROWD})(); return [({MISPLACED})(), ({ROOM})()]; }}")
    assert found[0] == []
    return found[1]


@pytest.mark.parametrize("height", [900, 768])
def test_a_crowded_rail_keeps_room_for_its_labels(workspace: Workspace, height: int) -> None:
    room = crowded(workspace, 1440 if height == 900 else 1024, height)
    assert room["list"] >= 3 * 34, room
    assert room["second"] >= 0, room  # the second label is seen below the first one's warning
    assert room["rows"] > 1, room
    assert room["scrolls"], room
    if height == 900:
        assert room["below"] <= 0 < room["review"], room
    else:
        assert room["railScrolls"], room
