// Sends what a form on this page holds to this server, and shows the answer. Nothing is kept: the token is gone with the page.
"use strict";

const token = document.getElementById("token");

function target(form) {
  const query = new URLSearchParams();
  let path = form.dataset.path;
  for (const field of form.querySelectorAll("[data-in]")) {
    if (field.dataset.in === "path") path = path.replace(`{${field.name}}`, () => encodeURIComponent(field.value));
    if (field.dataset.in === "query" && field.value !== "") query.append(field.name, field.value);
  }
  return query.size ? `${path}?${query}` : path;
}

function headers(form) {
  const found = new Headers({ Accept: "application/json, */*;q=0.5" });
  if (token.value.trim() !== "") found.set("Authorization", `Bearer ${token.value.trim()}`);
  if (form.elements.body) found.set("Content-Type", "application/json");
  for (const field of form.querySelectorAll("[data-in=header]")) {
    if (field.value !== "") found.set(field.name, field.value);
  }
  return found;
}

function shown(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 1);
  } catch {
    return text;
  }
}

async function send(form) {
  const answer = form.querySelector("output");
  answer.textContent = "…";
  try {
    const response = await fetch(target(form), {
      method: form.dataset.method,
      headers: headers(form),
      body: form.elements.body ? form.elements.body.value : undefined,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
    });
    const tag = response.headers.get("ETag");
    const head = [`${response.status} ${response.statusText}`, ...(tag ? [`ETag: ${tag}`] : [])];
    answer.textContent = `${head.join("\n")}\n\n${shown(await response.text())}`;
  } catch {
    answer.textContent = "The server could not be reached.";
  }
}

for (const form of document.querySelectorAll("form[data-path]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}
