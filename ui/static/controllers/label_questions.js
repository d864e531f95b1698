/** What a label map asks before it can be read at all, whatever it is imported as. */
import { ErrorCode, GridChoice, Overlap } from "../api/contract.js";
import { t } from "../words/index.js";

/**
 * What the person answers to such a question of the server's; null when nothing. Any other error is thrown again.
 * @param {Pick<import("./notify.js").Notify, "choose" | "confirm">} notify
 * @param {any} error
 * @param {{file: string, volume: string}} names of the label map and of the volume that it is for
 * @returns {Promise<import("../api/forms.js").ReadingAnswers | null>}
 */
export async function askedOfLabels(notify, error, { file, volume }) {
  switch (error.code) {
    case ErrorCode.GRID_CHOICE: {
      const text = t("imports.grid.what", { file, volume, why: error.message });
      const agreed = await notify.confirm(t("imports.grid.title"), text, t("imports.grid.do"), { danger: false, cancelText: t("dialogs.cancel") });
      return agreed ? { grid: GridChoice.NEAREST } : null;
    }
    case ErrorCode.OVERLAP_CHOICE: {
      const choices = [
        { value: Overlap.LAST, text: t("imports.overlap.last"), hint: t("imports.overlap.lastHint") },
        { value: Overlap.FIRST, text: t("imports.overlap.first"), hint: t("imports.overlap.firstHint") },
      ];
      const overlap = await notify.choose(t("imports.overlap.title"), t("imports.overlap.what", { file, why: error.message }), choices);
      return overlap && { overlap };
    }
    default:
      throw error;
  }
}
