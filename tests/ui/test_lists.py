"""Lists that follow what is polled: keyboard focus, an open menu and a name being typed stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

RunJs = Callable[..., Any]

SETUP = """
const app = document.createElement("div");
app.className = "app";
document.body.append(app);
const store = new Store(initialState());
const summary = (id, done) => ({
    id, name: `Scan ${id}`, modality: "MR", shape: [3, 4, 5], plane: "axial", mask_id: null, painted: {},
    encoding: { state: "running", done, total: 9 },
});
const label = (value, name = `Label ${value}`) => ({ id: `l${value}`, value, name, color: "#ff0000" });
const mask = (dice) => ({
    has_confidence: true, extents: new Map(),
    labels: [1, 2, 3].map((value) => (
        { value, expected_dice: dice, warning: null, voxels: 5, volume_ml: dice }
    )),
});
"""

VOLUMES = (
    "({ ProjectsPanel, Store, initialState }) => {"
    + SETUP
    + """
    const opened = [];
    const panel = new ProjectsPanel(store, { volume: { open: (id) => opened.push(id) } });
    app.append(panel.element);
    let done = 0;
    const poll = () => {
        done += 1;
        const volumes = ["a", "b", "c"].map((id) => summary(id, done));
        store.set({ volumes, volume: volumes[0] });
    };
    poll();
    const row = panel.list.children[1];
    row.focus();
    poll();
    const focus = document.activeElement === row && row.isConnected;
    row.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
    const more = row.querySelector("button");
    more.click();
    more.focus();
    poll();
    const menu = document.querySelectorAll(".menu").length;
    const button = document.activeElement === more && more.getAttribute("aria-expanded");
    more.click(); // the same button closes it
    const closed = document.querySelectorAll(".menu").length;
    store.set({ volumes: store.state.volumes.slice(1) });
    const names = [...panel.list.querySelectorAll(".volume-name")].map((each) => each.textContent);
    app.remove();
    return { focus, opened, menu, button, closed, names };
}"""
)

LABELS = (
    "({ LabelsPanel, Store, initialState }) => {"
    + SETUP
    + """
    const renamed = [];
    const labels = { update: (each, patch) => renamed.push([each.value, patch.name]) };
    const panel = new LabelsPanel(store, { labels, view: { chooseLabel() {} }, goTo() {} });
    app.append(panel.element);
    store.set({ project: { id: "p" }, labels: [label(1), label(2), label(3)], activeLabel: 1 });
    const row = panel.list.children[1];
    const eye = row.querySelector(".label-eye");
    eye.focus();
    store.set({ mask: mask(0.5) });
    store.set({ mask: mask(0.9), labels: [label(1), label(2, "Spleen"), label(3)] });
    const focus = document.activeElement === eye;
    const shown = row.querySelector(".label-text").textContent;
    row.querySelector(".label-name").dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
    const field = row.querySelector("input");
    field.value = "Liv";
    store.set({ mask: mask(0.8), hiddenLabels: new Set([3]) });
    const typing = document.activeElement === field && field.value;
    field.value = "Liver";
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
    store.set({ mask: null });
    const order = [...row.children].map((child) => child.className.split(" ").at(-1));
    app.remove();
    return { focus, shown, typing, renamed, order };
}"""
)

GUIDE = (
    "({ Guide, Store, initialState }) => {"
    + SETUP
    + """
    let asked = 0;
    const guide = new Guide(store, { view: { showUncertainty: () => (asked += 1) } });
    app.append(guide.element);
    store.set({ voxels: {}, labels: [label(1)], mask: mask(0.9) });
    const link = guide.element.querySelector(".current .link");
    link.focus();
    for (const fraction of [0.1, 0.2]) store.set({ run: { state: "running", fraction } });
    link.click();
    const found = { focus: document.activeElement === link, asked, text: link.parentElement.textContent };
    app.remove();
    return found;
}"""
)

UPLOAD = (
    "({ ProjectsPanel, Store, initialState }) => {"
    + SETUP
    + """
    let cancelled = 0;
    const panel = new ProjectsPanel(store, {});
    app.append(panel.element);
    const report = (fraction) =>
        store.set({ voxels: {}, uploading: { text: "Uploading", fraction, cancel: () => (cancelled += 1) } });
    report(0.1);
    const button = panel.element.querySelector(".upload-progress .link");
    button.focus();
    report(0.2);
    const focus = document.activeElement === button;
    button.click();
    app.remove();
    return { focus, cancelled };
}"""
)


def test_volumes_keep_focus_and_menu_while_slices_are_encoded(run_js: RunJs) -> None:
    found = run_js(["panels/projects.js", "state/store.js"], VOLUMES)
    assert found == {
        "focus": True,
        "opened": ["b"],
        "menu": 1,
        "button": "true",
        "closed": 0,
        "names": ["Scan b", "Scan c"],
    }


def test_labels_keep_focus_and_the_name_being_typed(run_js: RunJs) -> None:
    found = run_js(["panels/labels.js", "state/store.js"], LABELS)
    assert found["focus"] is True
    assert found["shown"] == "Spleen\u2248 0.90 good0.90 mL"
    assert found["typing"] == "Liv"
    assert found["renamed"] == [[2, "Liver"]]
    assert found["order"] == ["swatch", "label-name", "", "label-eye", "label-more"]


def test_the_guide_keeps_focus_while_a_run_goes_on(run_js: RunJs) -> None:
    found = run_js(["panels/guide.js", "state/store.js"], GUIDE)
    assert found["focus"] is True
    assert found["asked"] == 1
    assert found["text"].startswith("Show uncertainty (D) colours what may be wrong.")


def test_an_upload_can_be_cancelled_by_keyboard(run_js: RunJs) -> None:
    assert run_js(["panels/projects.js", "state/store.js"], UPLOAD) == {"focus": True, "cancelled": 1}
