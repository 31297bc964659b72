// Holds what is said to Jira Cloud, and what it says, against the schemas of its interface in npm's jira.js.
// Lines of {"schema", "data"} come in; a line of JSON goes out for each that does not fit.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const schemas = await import(pathToFileURL(`${process.argv[2]}/jira.js/dist/cloud/index.js`));

for await (const line of createInterface({ input: process.stdin })) {
    const { schema, data } = JSON.parse(line);
    const found = schemas[`${schema}Schema`].safeParse(data);
    if (!found.success) console.log(JSON.stringify({ schema, issues: found.error.issues.slice(0, 5) }));
}
