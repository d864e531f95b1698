/** Until when a project is kept, in words. */

/** @import { ProjectSummary, System } from "../api/types.d.ts" */

/** @param {number} days */
export const daysText = (days) => `${days} ${days === 1 ? "day" : "days"}`;

/**
 * A day as people say it; the year where it is another one.
 * @param {string} moment ISO 8601
 * @param {Date} [now]
 */
export function dayText(moment, now = new Date()) {
  const day = new Date(moment);
  const year = day.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return day.toLocaleDateString("en-GB", { day: "numeric", month: "long", year });
}

/**
 * What is said of a project whose end is near; else nothing.
 * @param {ProjectSummary | undefined} project
 * @param {System | null} system
 */
export function deletionText(project, system) {
  if (!project?.deletion_near || !project.deleted_at) return { text: "", short: "", title: "" };
  const day = dayText(project.deleted_at);
  const days = (project.kept_by_server ? system?.max_keep_days : project.keep_days) ?? 0;
  const whose = project.kept_by_server ? "This server keeps a project" : "By its rule this project is kept";
  return {
    text: `Deleted on ${day} unless it is changed`,
    short: `will be deleted on ${day}`,
    title: `${whose} for ${daysText(days)} after its last change. Looking at it changes nothing.`,
  };
}
