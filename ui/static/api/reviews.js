/** The HTTP API of reviews. Each answers with the review of the volume as it stands then. */
import { getJson, send } from "./client.js";

/** @import { PlaneName, Review, Triple } from "./types.d.ts" */
/** @typedef {"ready" | "withdraw" | "accept" | "send-back" | "reopen"} ReviewAction */

export const reviews = {
  /** @type {(volumeId: string) => Promise<Review>} */
  review: (volumeId) => getJson(`api/volumes/${volumeId}/review`),
  /** @type {(volumeId: string, action: ReviewAction, reason?: string) => Promise<Review>} */
  stepReview: (volumeId, action, reason = "") => send("POST", `api/volumes/${volumeId}/review/${action}`, { reason }),
  /** @type {(volumeId: string, plane: PlaneName, index: number, checked?: boolean) => Promise<Review>} */
  checkSlice: (volumeId, plane, index, checked = true) => send("PUT", `api/volumes/${volumeId}/review/slices/${plane}/${index}`, { checked }),
  /** @type {(volumeId: string, comment: {plane: PlaneName, voxel: Triple, text: string}) => Promise<Review>} */
  addComment: (volumeId, comment) => send("POST", `api/volumes/${volumeId}/comments`, comment),
  /** @type {(volumeId: string, commentId: string, text: string) => Promise<Review>} */
  replyToComment: (volumeId, commentId, text) => send("POST", `api/volumes/${volumeId}/comments/${commentId}/replies`, { text }),
  /** @type {(volumeId: string, commentId: string, resolved: boolean) => Promise<Review>} */
  resolveComment: (volumeId, commentId, resolved) => send("PUT", `api/volumes/${volumeId}/comments/${commentId}/resolved`, { resolved }),
};
