/** Giving a project away: the question what its owner keeps, and what others offer, in the list of projects. */
import { Stay } from "../api/contract.js";
import { openDialog } from "../lib/dialog.js";
import { h } from "../lib/dom.js";
import { closeMenu } from "../lib/menu.js";
import { markChosen, radioGroup, radioRow } from "../lib/radio.js";
import { offerText } from "../state/access.js";
import { t } from "../words/index.js";

/**
 * @import { Offer, Stay as StayName } from "../api/types.d.ts"
 * @import { OpenProject } from "../state/types.d.ts"
 */

const STAYS = [Stay.PAINT, Stay.LOOK, Stay.LEAVE];

/**
 * Ask whether the project is offered to that person, and what its owner keeps.
 * @param {OpenProject} project
 * @param {string} name
 * @returns {Promise<StayName | null>} null when it is not
 */
export function offerDialog({ name: project, ownerName }, name) {
  return new Promise((resolve) => {
    /** @type {StayName} */
    let chosen = Stay.PAINT;
    /** @type {StayName | null} */
    let answer = null;
    const rows = STAYS.map((stay) =>
      radioRow(t(`people.stay.${stay}`), "", stay === chosen, `stay-${stay}`, () => {
        chosen = stay;
        rows.forEach((row, at) => markChosen(row, STAYS[at] === stay));
      }),
    );
    const offer = () => {
      answer = chosen;
      dialog.close();
    };
    const what = ownerName ? t("people.give.whatOwner", { owner: ownerName }) : t("people.give.whatYou");
    const dialog = openDialog(
      t("people.give.title", { project, name }),
      [
        h("p", t("people.give.text", { name })),
        h("h3.stay-head", what),
        radioGroup(what, rows),
        h("div.dialog-foot", h("button.button", { onclick: () => dialog.close() }, t("dialogs.keep")), h("button.button.primary", { onclick: offer, "data-testid": "offer-ok" }, t("people.give.offer"))),
      ],
      { testid: "offer-dialog", onClose: () => resolve(answer) },
    );
  });
}

/**
 * What others offer, each with its two answers, for the list of projects.
 * @param {Offer[]} offers
 * @param {{ accept: (offer: Offer) => unknown, decline: (offer: Offer) => unknown }} intents
 */
export function offerNotes(offers, { accept, decline }) {
  return offers.map((offer) => {
    const answer = (/** @type {typeof accept} */ act) => () => {
      closeMenu();
      act(offer);
    };
    return h(
      "div.menu-offer",
      { "data-testid": "offer" },
      h("p", offerText(offer)),
      h("button.button.small.primary", { role: "menuitem", "data-testid": "offer-accept", onclick: answer(accept) }, t("people.offer.accept")),
      h("button.button.small", { role: "menuitem", "data-testid": "offer-decline", onclick: answer(decline) }, t("people.offer.decline")),
    );
  });
}
