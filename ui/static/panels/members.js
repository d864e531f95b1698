/** The dialog in which a project is shared: a name and a role, the members, and to whom the project is offered. */
import { ProjectRole } from "../api/contract.js";
import { openDialog } from "../lib/dialog.js";
import { h, setText } from "../lib/dom.js";
import { t } from "../words/index.js";
import { offerDialog } from "./offers.js";

/**
 * @import { Members, ProjectRole as Role } from "../api/types.d.ts"
 * @import { OpenProject } from "../state/types.d.ts"
 * @typedef {Pick<import("../controllers/members.js").MemberController, "list" | "put" | "remove" | "offer" | "takeBack">} MemberIntents
 * @typedef {Members["members"][number]} Member
 */

const ROLES = [ProjectRole.ANNOTATOR, ProjectRole.REVIEWER];

/**
 * Open the dialog of a project.
 * @param {OpenProject} project
 * @param {{ members: MemberIntents }} intents
 */
export async function openMembersDialog(project, { members }) {
  const found = await members.list(project);
  if (found) new MembersDialog(project, members).show(found);
}

class MembersDialog {
  /**
   * @param {OpenProject} project
   * @param {MemberIntents} intents
   */
  constructor(project, intents) {
    this.project = project;
    this.intents = intents;
    this.name = h("input.input", { maxlength: 100, "aria-label": t("login.form.name"), autocomplete: "off", "data-testid": "member-name" });
    this.role = roleSelect(ProjectRole.REVIEWER, t("people.members.role"), "member-role");
    this.refusal = h("p.member-refusal", { hidden: true, role: "alert", "data-testid": "member-refusal" });
    /** The dialog lies over the notices. */
    this.place = { failed: (/** @type {unknown} */ error) => this.#refuse(/** @type {Error} */ (error).message) };
    this.owner = h("p.dim");
    this.list = h("ul.member-list", { "data-testid": "members" });
    const form = h(
      "form.member-form",
      { onsubmit: (/** @type {Event} */ event) => this.#add(event) },
      h("label.field", h("span", t("people.members.nameLabel")), this.name),
      this.role,
      h("button.button.primary", { type: "submit", "data-testid": "member-add" }, t("people.members.add")),
    );
    this.giveAway = h("button.link", { "data-testid": "give-away", onclick: () => void this.#offer() }, t("people.give.begin"));
    this.offerText = h("p");
    this.offer = h("div.member-offer", { hidden: true, "data-testid": "pending-offer" }, this.offerText, h("button.button.small", { "data-testid": "take-back", onclick: () => void this.#takeBack() }, t("dialogs.takeBack")));
    this.dialog = openDialog(t("people.members.title", { project: project.name }), [form, this.refusal, this.owner, this.list, this.offer, h("div.dialog-foot.spread", this.giveAway, h("button.button", { onclick: () => this.dialog.close() }, t("dialogs.done")))], { testid: "members-dialog" });
    this.name.focus();
  }

  /** @param {Members} members */
  show({ owner_name: owner, members, offer }) {
    setText(this.owner, ownerText(owner, members.length));
    this.list.replaceChildren(...members.map((member) => this.#row(member)));
    this.offer.hidden = !offer;
    this.giveAway.style.visibility = offer ? "hidden" : "";
    if (offer) setText(this.offerText, offeredText(offer, this.project.ownerName));
  }

  /** @param {Member} member */
  #row(member) {
    const select = roleSelect(member.role, t("people.members.roleOf", { name: member.name }), "member-row-role");
    select.addEventListener("change", () => void this.#put(member.name, /** @type {Role} */ (select.value)));
    const remove = h("button.button.small.quiet", { "aria-label": t("people.members.removeName", { name: member.name }), "data-testid": "member-remove", onclick: () => void this.#remove(member) }, t("people.members.remove"));
    return h("li.member-row", { "data-testid": "member-row" }, h("span.ellipsis", member.name), select, remove);
  }

  /** @param {string} text "" for none */
  #refuse(text) {
    this.refusal.hidden = !text;
    setText(this.refusal, text);
  }

  /** @param {Event} event */
  async #add(event) {
    event.preventDefault();
    const name = this.name.value.trim();
    if (name && (await this.#put(name, /** @type {Role} */ (this.role.value)))) this.name.value = "";
  }

  /**
   * @param {string} name
   * @param {Role} role
   */
  async #put(name, role) {
    this.#refuse("");
    const members = await this.intents.put(this.project, name, role, this.place);
    const shown = members ?? (await this.intents.list(this.project)); // a role that was refused goes back
    if (shown) this.show(shown);
    return members !== null;
  }

  /** @param {Member} member */
  async #remove({ account_id: accountId }) {
    const members = await this.intents.remove(this.project, accountId);
    if (members) this.show(members);
  }

  async #offer() {
    const name = this.name.value.trim();
    this.#refuse(name ? "" : t("people.give.nameFirst"));
    if (!name) return this.name.focus();
    const stay = await offerDialog(this.project, name);
    const members = stay && (await this.intents.offer(this.project, name, stay, this.place));
    if (!members) return;
    this.name.value = "";
    this.show(members);
  }

  async #takeBack() {
    this.#refuse("");
    const shown = (await this.intents.takeBack(this.project, this.place)) ?? (await this.intents.list(this.project));
    if (shown) this.show(shown);
  }
}

/** @param {string | null | undefined} owner @param {number} count of members */
function ownerText(owner, count) {
  if (!owner) return t("people.members.ownerless");
  return count ? t("people.members.shares", { owner }) : t("people.members.alone", { owner });
}

/** @param {NonNullable<Members["offer"]>} offer @param {string | null | undefined} owner null: who reads this */
const offeredText = ({ name, stay }, owner) => (owner ? t(`people.offered.owner.${stay}`, { name, owner }) : t(`people.offered.you.${stay}`, { name }));

/**
 * @param {Role} chosen
 * @param {string} label
 * @param {string} testid
 */
function roleSelect(chosen, label, testid) {
  const select = h("select.input", { "aria-label": label, "data-testid": testid }, ROLES.map((role) => h("option", { value: role, selected: role === chosen }, t(`people.members.${role}`))));
  select.value = chosen;
  return select;
}
