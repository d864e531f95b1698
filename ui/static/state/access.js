/** What this person may do in the project that is open. Pure. */
import { AccountRole, ProjectAccess, ReviewState } from "../api/contract.js";
import { t } from "../words/index.js";
import { closedText, isClosedReading, readingsOnScreen } from "./readings.js";

/**
 * @import { AppState } from "./types.d.ts"
 * @typedef {Partial<Pick<AppState, "project" | "login" | "volume">>} Asked
 */

/**
 * Whether things in the project may be changed: painted, run, imported, renamed, deleted.
 * @param {Asked} state
 */
export const mayWrite = ({ project, login }) => login?.role !== AccountRole.REVIEWER && project?.access !== ProjectAccess.REVIEWER;

/** Whether the volume on screen was accepted in a review, which freezes it. @param {Asked} state */
export const isFrozen = ({ volume }) => volume?.review?.state === ReviewState.ACCEPTED;

/** Whether the volume on screen is a blind reading that this person does not change. @param {Asked} state */
const isClosed = ({ volume, login }) => Boolean(volume && isClosedReading(volume, login));

/** Whether the volume on screen may be painted and run. @param {Asked} state */
export const mayPaint = (state) => mayWrite(state) && !isFrozen(state) && !isClosed(state);

/**
 * Whether others are shown in the place of the slices: two runs side by side, or readings that are compared.
 * @param {Partial<Pick<AppState, "comparison">>} state
 */
export const isCovered = (state) => Boolean(state.comparison?.beside || readingsOnScreen(state).length);

/**
 * Whether the slice on screen may be painted and changed now.
 * @param {Asked & Partial<Pick<AppState, "comparison">>} state
 */
export const mayEdit = (state) => mayPaint(state) && !isCovered(state);

/**
 * Whether volumes may be reviewed: an administrator from outside only looks.
 * @param {Asked} state
 */
export const mayReview = ({ project, login }) => Boolean(project) && (login?.role !== AccountRole.ADMIN || project?.access !== ProjectAccess.REVIEWER);

/**
 * Why the volume on screen may not be painted, in words; null where it may.
 * @param {Asked} state
 */
export const paintBlocker = (state) => writeBlocker(state) ?? (isFrozen(state) ? t("people.access.frozen") : isClosed(state) && state.volume ? closedText(state.volume, state.login) : null);

/**
 * Why the slice on screen may not be changed now, in words; null where it may.
 * @param {Parameters<typeof mayEdit>[0]} state
 */
export const editBlocker = (state) => paintBlocker(state) ?? (!isCovered(state) ? null : t("people.access.covered"));

/**
 * Whether the project itself may be shared, renamed, deleted and given away.
 * @param {Asked} state
 */
export function mayManage({ project, login }) {
  if (!project || login?.role === AccountRole.REVIEWER) return false;
  return login?.role === AccountRole.ADMIN || (project.access ?? ProjectAccess.OWNER) === ProjectAccess.OWNER;
}

/**
 * Why nothing may be changed, in words; null where it may.
 * @param {Asked} state
 */
export function writeBlocker(state) {
  const { project, login } = state;
  if (mayWrite(state)) return null;
  const owner = project?.ownerName;
  if (login?.role === AccountRole.ADMIN) return owner ? t("people.access.admin", { owner }) : t("people.access.adminOfNobody");
  // One's own can only be looked at by a reviewer, which may be news to this page.
  if (login?.role === AccountRole.REVIEWER || !owner) return t("people.access.reviewer");
  return t("people.access.looks", { owner });
}

/**
 * What a project that is somebody else's is called in lists: whose it is and what may be done; "" for one's own.
 * @param {{ access?: string, owner_name?: string | null }} project
 */
export function sharedText({ access, owner_name: owner }) {
  if (!owner) return "";
  return access === ProjectAccess.REVIEWER ? t("people.access.sharedToLook", { owner }) : t("people.access.sharedToPaint", { owner });
}

/**
 * What a person is told of a project that is offered.
 * @param {{ project_name: string, owner_name: string | null }} offer
 */
export const offerText = ({ project_name: project, owner_name: owner }) => (owner ? t("people.offer.byOwner", { owner, project }) : t("people.offer.byAdmin", { project }));
