// Shows the description of the interface, which the service serves itself.
const element = (tag, className, ...children) => {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...children);
  return node;
};

const table = (rows) => element("table", "", ...rows.map((cells) =>
  element("tr", "", ...cells.map((cell) => element("td", "", cell)))));

const kind = (schema = {}) => {
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.type === "array") return `list of ${kind(schema.items)}`;
  return [schema.type].flat().join(" or ") + (schema.format ? ` (${schema.format})` : "");
};

const description = await (await fetch("/openapi.json")).json();
const find = (node) => (node?.$ref ? node.$ref.slice(2).split("/").reduce((n, key) => n[key], description) : node);

const operations = [...Object.entries(description.paths), ...Object.entries(description.webhooks ?? {})];

for (const [path, methods] of operations) {
  for (const [method, operation] of Object.entries(methods)) {
    const rows = (operation.parameters ?? []).map(find).map((p) =>
      [element("code", "", p.name), `${p.in}${p.required ? ", required" : ""}`, kind(p.schema), p.description ?? ""]);
    for (const [type, content] of Object.entries(operation.requestBody?.content ?? {})) {
      const schema = find(content.schema);
      for (const [name, property] of Object.entries(schema.properties ?? { "(body)": schema })) {
        const required = schema.required?.includes(name) ? ", required" : "";
        rows.push([element("code", "", name), type + required, kind(property), property.description ?? ""]);
      }
    }
    const answers = Object.entries(operation.responses).map(([status, response]) => {
      const r = find(response);
      return [status, Object.keys(r.content ?? {}).join(", "), r.description];
    });
    document.getElementById("routes").append(element("section", "",
      element("h2", "", element("span", "method", method.toUpperCase()), element("code", "", path)),
      element("p", "", operation.summary + ". " + (operation.description ?? "")),
      ...(rows.length ? [element("h3", "", "Takes"), table(rows)] : []),
      element("h3", "", "Answers"), table(answers)));
  }
}
