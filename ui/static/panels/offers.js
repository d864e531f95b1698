/** Giving a project away: the question what its owner keeps, and what others offer, in the list of projects. */
import { Stay } from "../api/contract.js";
import { openDialog } from "../lib/dialog.js";
import { h } from "../lib/dom.js";
import { closeMenu } from "../lib/menu.js";
import { markChosen, radioGroup, radioRow } from "../lib/radio.js";
import { offerText } from "../state/access.js";

/**
 * @import { Offer, Stay as StayName } from "../api/types.d.ts"
 * @import { OpenProject } from "../state/types.d.ts"
 */

/** @type {{stay: StayName, text: string, later: string}[]} */
const STAYS = [
  { stay: Stay.PAINT, text: "Paint in it", later: "can still paint in it" },
  { stay: Stay.LOOK, text: "Look at it", later: "can still look at it" },
  { stay: Stay.LEAVE, text: "Nothing: leave it", later: "will not see it any more" },
];

/**
 * What the owner keeps of a project once the offer is accepted, in words.
 * @param {StayName} stay
 * @param {string} owner
 */
export const stayText = (stay, owner) => `${owner} ${STAYS.find((each) => each.stay === stay)?.later}.`;

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
    const rows = STAYS.map(({ stay, text }) =>
      radioRow(text, "", stay === chosen, `stay-${stay}`, () => {
        chosen = stay;
        rows.forEach((row, at) => markChosen(row, STAYS[at].stay === stay));
      }),
    );
    const offer = () => {
      answer = chosen;
      dialog.close();
    };
    const what = `What ${ownerName ?? "you"} can still do then`;
    const dialog = openDialog(
      `Give ${project} to ${name}?`,
      [
        h("p", `${name} is asked first. Who accepts owns it, and can delete it.`),
        h("h3.stay-head", what),
        radioGroup(what, rows),
        h("div.dialog-foot", h("button.button", { onclick: () => dialog.close() }, "Keep"), h("button.button.primary", { onclick: offer, "data-testid": "offer-ok" }, "Offer it")),
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
      h("button.button.small.primary", { role: "menuitem", "data-testid": "offer-accept", onclick: answer(accept) }, "Accept"),
      h("button.button.small", { role: "menuitem", "data-testid": "offer-decline", onclick: answer(decline) }, "Decline"),
    );
  });
}
