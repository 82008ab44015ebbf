// Draws the API's description. Where the local stack serves the page, its requests
// can be tried out.
const description = JSON.parse(document.getElementById("description").textContent);
const local = location.pathname === "/local/api";
document.body.classList.toggle("local", local);

// inline puts what references name in their places: Swagger UI would look for it
// at the page's own address.
function inline(part) {
  if (typeof part !== "object" || part === null) return part;
  if (Array.isArray(part)) return part.map(inline);
  const { $ref, ...own } = part;
  const named = $ref ? inline($ref.slice(2).split("/").reduce((at, name) => at[name], description)) : {};
  for (const name in own) named[name] = inline(own[name]);
  if (named.pattern?.length > 20) delete named.pattern; // its description says it
  return named;
}

// simplify takes away what every answer has, and says in words what the gateway
// would answer in place of a problem.
function simplify(response) {
  delete response.headers["apigw-requestid"];
  delete response.headers["cache-control"];
  const { "application/problem+json": problem, "application/json": gateway } = response.content;
  if (problem && gateway) {
    response.description += " The gateway's own form of it: `" + JSON.stringify(gateway.example) + "`.";
    delete response.content["application/json"];
  }
}

const spec = inline(description);
for (const path of Object.values(spec.paths)) {
  for (const operation of Object.values(path)) Object.values(operation.responses ?? {}).forEach(simplify);
}

SwaggerUIBundle({
  spec,
  dom_id: "#api",
  deepLinking: true,
  defaultModelExpandDepth: 2,
  defaultModelsExpandDepth: -1,
  supportedSubmitMethods: local ? ["get", "post", "patch"] : [],
});
