/** What was deleted and can be restored: from the project that is open, and whole projects. */
import { once } from "../lib/busy.js";
import { openDialog } from "../lib/dialog.js";
import { h } from "../lib/dom.js";
import { contentsText, daysLeftText, whoAndWhen } from "../state/deleted.js";
import { t } from "../words/index.js";
import { thumbnail } from "./thumbnail.js";

/**
 * @import { Deleted } from "../api/types.d.ts"
 * @import { Store } from "../state/store.js"
 * @typedef {Pick<import("../controllers/deleted.js").DeletedController, "list" | "restore" | "deleteForGood">} DeletedIntents
 * @typedef {Pick<import("../controllers/server.js").Links, "deletedThumbnail">} DeletedLinks
 */

/**
 * @param {Store} store
 * @param {{deleted: DeletedIntents, links: DeletedLinks}} parts
 */
export async function openDeletedDialog(store, { deleted, links }) {
  const body = h("div.deleted-body");
  /** @type {(() => void) | null} */
  let close = null;
  const fill = async () => {
    const found = await deleted.list();
    if (!found) return close?.();
    const row = (/** @type {Deleted} */ item) => deletedRow(item, links, { restore, end });
    const section = (/** @type {string} */ title, /** @type {Deleted[]} */ items) => items.length > 0 && [h("h3", title), h("ul.deleted-list", items.map(row))];
    const { project } = store.state;
    const ofProject = project ? t("deleted.dialog.fromProject", { project: project.name }) : t("deleted.dialog.fromThisProject");
    const sections = [section(ofProject, found.inProject), section(t("deleted.dialog.projects"), found.projects)];
    body.replaceChildren(...sections.flat().filter((each) => each instanceof HTMLElement), ...(sections.some(Boolean) ? [] : [h("p", { "data-testid": "deleted-nothing" }, t("deleted.dialog.nothing"))]));
  };
  const restore = async (/** @type {Deleted} */ item) => void ((await deleted.restore(item)) && (await fill()));
  const end = async (/** @type {Deleted} */ item) => void ((await deleted.deleteForGood(item)) && (await fill()));
  const note = h("p.dim", t("deleted.dialog.note"));
  const dialog = openDialog(t("deleted.dialog.title"), [note, body], { testid: "deleted-dialog" });
  close = () => dialog.close();
  await fill();
}

/**
 * @param {Deleted} item
 * @param {DeletedLinks} links
 * @param {{restore: (item: Deleted) => Promise<void>, end: (item: Deleted) => void}} intents
 */
function deletedRow(item, links, { restore, end }) {
  const lead = item.kind === "volume" ? thumbnail() : null;
  lead?.update(links.deletedThumbnail(item.id), "");
  const swatch = item.kind === "label" && h("i.swatch");
  if (swatch) swatch.style.background = item.color ?? "";
  const facts = [contentsText(item), whoAndWhen(item)].filter(Boolean).join(" \u00b7 ");
  return h(
    "li.deleted-row",
    { "data-testid": "deleted-item", "data-id": item.id, "data-kind": item.kind },
    lead?.element,
    swatch,
    h("div.deleted-text", h("strong.ellipsis", { title: item.name }, item.name), h("span.dim", facts), h("span.dim.num", daysLeftText(item))),
    h("button.button.small", { "data-testid": "deleted-restore", "aria-label": t("deleted.restore.name", { name: item.name }), onclick: once(() => restore(item)) }, t("deleted.restore.begin")),
    h("button.button.small.quiet.danger", { "data-testid": "deleted-end", "aria-label": t("deleted.end.name", { name: item.name }), onclick: () => end(item) }, t("deleted.end.begin")),
  );
}
