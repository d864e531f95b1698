/** Until when a project is kept, in words. */

import { day, t } from "../words/index.js";

/** @import { ProjectSummary, System } from "../api/types.d.ts" */

/**
 * What is said of a project whose end is near; else nothing.
 * @param {ProjectSummary | undefined} project
 * @param {System | null} system
 */
export function deletionText(project, system) {
  if (!project?.deletion_near || !project.deleted_at) return { text: "", short: "", title: "" };
  const days = (project.kept_by_server ? system?.max_keep_days : project.keep_days) ?? 0;
  const end = day(project.deleted_at);
  return {
    text: t("keeping.note.text", { day: end }),
    short: t("keeping.note.short", { day: end }),
    title: project.kept_by_server ? t("keeping.note.ofServer", { count: days }) : t("keeping.note.ofProject", { count: days }),
  };
}
