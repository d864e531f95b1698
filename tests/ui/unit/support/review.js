/** What tests of reviews share: a review as the server answers it. */

/** @import { Review, ReviewComment, SliceToCheck } from "../../../../ui/static/api/types.d.ts" */

/** @param {Partial<Review>} [patch] @returns {Review} */
export const review = (patch = {}) => ({ state: "in_review", slices: [], steps: [], comments: [], ...patch });

/** @param {number} index @param {Partial<SliceToCheck>} [patch] @returns {SliceToCheck} */
export const slice = (index, patch = {}) => ({ plane: "axial", slice_index: index, uncertainty: 5, checked_by: null, checked_by_name: null, checked_at: null, ...patch });

/** @param {string} id @param {Partial<ReviewComment>} [patch] @returns {ReviewComment} */
export const comment = (id, patch = {}) => ({ id, text: "Mend this.", author: "g", author_name: "Grace", at: "2026-01-02T03:04:05Z", plane: "axial", slice_index: 2, voxel: [1, 1, 2], resolved_by: null, resolved_by_name: null, resolved_at: null, replies: [], ...patch });
