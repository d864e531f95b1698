/** What the page says, in English: a file for each area of it, in the JSON format of i18next (version 4). */
import batches from "./en/batches.json" with { type: "json" };
import comparison from "./en/comparison.json" with { type: "json" };
import dialogs from "./en/dialogs.json" with { type: "json" };
import downloads from "./en/downloads.json" with { type: "json" };
import guide from "./en/guide.json" with { type: "json" };
import imports from "./en/imports.json" with { type: "json" };
import keys from "./en/keys.json" with { type: "json" };
import labels from "./en/labels.json" with { type: "json" };
import models from "./en/models.json" with { type: "json" };
import page from "./en/page.json" with { type: "json" };
import people from "./en/people.json" with { type: "json" };
import pictures from "./en/pictures.json" with { type: "json" };
import projects from "./en/projects.json" with { type: "json" };
import readings from "./en/readings.json" with { type: "json" };
import review from "./en/review.json" with { type: "json" };
import runs from "./en/runs.json" with { type: "json" };
import scores from "./en/scores.json" with { type: "json" };
import shift from "./en/shift.json" with { type: "json" };
import slices from "./en/slices.json" with { type: "json" };
import start from "./en/start.json" with { type: "json" };
import status from "./en/status.json" with { type: "json" };
import toolbar from "./en/toolbar.json" with { type: "json" };
import tools from "./en/tools.json" with { type: "json" };
import viewer from "./en/viewer.json" with { type: "json" };
import volumes from "./en/volumes.json" with { type: "json" };

export default { batches, comparison, dialogs, downloads, guide, imports, keys, labels, models, page, people, pictures, projects, readings, review, runs, scores, shift, slices, start, status, toolbar, tools, viewer, volumes };
