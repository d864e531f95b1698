/** How controllers speak to the person: notices and questions. Tests give them a silent one. */
import { chooseDialog, confirmDialog } from "../lib/dialog.js";
import { namesDialog } from "../lib/name_dialog.js";
import { toast, toastError, withdraw } from "../lib/toast.js";

export const notify = { say: toast, withdraw, failed: toastError, confirm: confirmDialog, choose: chooseDialog, chooseNames: namesDialog };

/** @typedef {typeof notify} Notify */

/**
 * Run `action`; a failure is told instead of thrown.
 * @template T
 * @param {Pick<Notify, "failed">} notifier
 * @param {() => Promise<T>} action
 * @returns {Promise<T | null>} null when it failed
 */
export async function attempt(notifier, action) {
  try {
    return await action();
  } catch (error) {
    notifier.failed(error);
    return null;
  }
}
