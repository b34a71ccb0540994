//! GitHub's own description of its API, to hold requests and answers against.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

/// The description, with `nullable` written as JSON Schema writes it.
static API: LazyLock<Value> = LazyLock::new(|| {
    let mut api: Value = parsed(include_str!("../../fixtures/github/openapi-subset.json"));
    // What the subset lacks is described as GitHub describes it.
    let more = parsed(include_str!("../../fixtures/github/openapi-teams.json"));
    for part in ["/paths", "/components/schemas"] {
        let (all, more) = (api.pointer_mut(part).unwrap(), more.pointer(part).unwrap().clone());
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    }
    nullable_to_null(&mut api);
    api
});

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Compiled schemas: the same few are used again and again.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// One operation of the API.
#[derive(Clone)]
pub(crate) struct Operation {
    /// Its path with its parameters' names.
    pub template: String,
    operation: &'static Value,
}

impl Operation {
    /// The operation that a request means; an unknown one is a fault of who asks.
    pub(crate) fn find(method: &str, path: &str) -> Result<Self, String> {
        let paths = API["paths"].as_object().unwrap();
        let matching = paths.iter().filter(|(template, _)| matches(template, path));
        let (template, item) = matching
            .min_by_key(|(template, _)| template.matches('{').count())
            .ok_or_else(|| format!("{path}: no such path"))?;
        let operation =
            item.get(method.to_lowercase()).ok_or_else(|| format!("{method} {template}: no such"))?;
        Ok(Self { template: template.clone(), operation })
    }

    /// Checks a request's query and body.
    pub(crate) fn check_request(
        &self,
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> Result<(), String> {
        let parameters = self.operation["parameters"].as_array().cloned().unwrap_or_default();
        for (name, _) in query {
            let declared =
                parameters.iter().map(resolved).any(|one| one["in"] == "query" && one["name"] == *name);
            if !declared {
                return Err(format!("{}: undeclared query parameter {name}", self.template));
            }
        }
        let schema = &self.operation["requestBody"]["content"]["application/json"]["schema"];
        match (body, schema.is_null()) {
            (None, true) => Ok(()),
            (None, false) => Err(format!("{}: a body is wanted", self.template)),
            (Some(_), true) => Err(format!("{}: undeclared body", self.template)),
            (Some(body), false) => {
                let mut closed = schema.clone();
                close(&mut closed);
                check(&closed, body).map_err(|fault| format!("{}: request {fault}", self.template))
            }
        }
    }

    /// Checks an answer.
    pub(crate) fn check_response(&self, status: u16, body: &Value) -> Result<(), String> {
        let declared = &self.operation["responses"][status.to_string()];
        let basic_error = json!({ "$ref": "#/components/schemas/basic-error" });
        let schema = match (declared.is_null(), status) {
            // Any operation may be refused or fail; GitHub declares that here and there only.
            (true, 400..) => basic_error,
            (true, _) => return Err(format!("{}: undeclared status {status}", self.template)),
            (false, _) => resolved(declared)["content"]["application/json"]["schema"].clone(),
        };
        if schema.is_null() {
            let fault = format!("{}: status {status} has no body", self.template);
            return if body.is_null() { Ok(()) } else { Err(fault) };
        }
        check(&schema, body).map_err(|fault| format!("{}: answer {fault}", self.template))
    }

    /// The answer that GitHub gives as an example.
    pub(crate) fn example(&self, status: u16) -> Value {
        let content = &self.operation["responses"][status.to_string()]["content"]["application/json"];
        let examples = content["examples"].as_object().unwrap();
        resolved(examples.values().next().unwrap())["value"].clone()
    }
}

/// Whether a path fits a template.
fn matches(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(part, given)| part.starts_with('{') || part == given)
}

/// What a `$ref` stands for.
fn resolved(value: &Value) -> &Value {
    match value["$ref"].as_str() {
        Some(reference) => API.pointer(reference.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

fn check(schema: &Value, instance: &Value) -> Result<(), String> {
    let validator = {
        let mut known = VALIDATORS.lock().unwrap();
        let compile = || {
            let mut root = schema.as_object().cloned().unwrap();
            if let Some(reference) = root.remove("$ref") {
                // Beside `$ref` nothing else counts, so it goes one level down.
                root.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
            }
            root.insert("components".to_owned(), json!({ "schemas": API["components"]["schemas"] }));
            Arc::new(jsonschema::options().with_draft(Draft::Draft4).build(&Value::Object(root)).unwrap())
        };
        known.entry(schema.to_string()).or_insert_with(compile).clone()
    };
    let faults: Vec<String> = validator
        .iter_errors(instance)
        .map(|error| format!("at {}: {error}", error.instance_path()))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
}

/// Allows a request's objects what is described and nothing else, also where GitHub would pass over the rest.
fn close(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(close);
        object.entry("additionalProperties").or_insert(Value::Bool(false));
    }
    object.get_mut("items").into_iter().for_each(close);
}

/// `nullable: true` is the description's way to allow null.
fn nullable_to_null(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(nullable_to_null),
        Value::Object(object) => {
            object.values_mut().for_each(nullable_to_null);
            if object.remove("nullable") == Some(Value::Bool(true)) {
                allow_null(object);
            }
        }
        _ => {}
    }
}

fn allow_null(schema: &mut Map<String, Value>) {
    if let Some(choices) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        choices.push(Value::Null);
    }
    let otherwise = match schema.get("type") {
        Some(kind) => ("type", json!([kind, "null"])),
        None => ("anyOf", json!([std::mem::take(schema), { "type": "null" }])),
    };
    schema.insert(otherwise.0.to_owned(), otherwise.1);
}

#[test]
fn a_wrong_path_query_body_or_answer_is_a_fault() {
    assert!(Operation::find("GET", "/repos/a/b/nothing").is_err());
    assert!(Operation::find("PUT", "/user").is_err());
    let list = Operation::find("GET", "/repos/a/b/issues/1/comments").unwrap();
    let query = |name: &str| vec![(name.to_owned(), "1".to_owned())];
    assert_eq!(list.check_request(&query("per_page"), None), Ok(()));
    assert!(list.check_request(&query("perpage"), None).is_err());
    assert!(list.check_request(&[], Some(&json!({}))).is_err());
    let create = Operation::find("POST", "/repos/a/b/issues/1/comments").unwrap();
    assert_eq!(create.check_request(&[], Some(&json!({ "body": "x" }))), Ok(()));
    for wrong in [json!({ "body": 1 }), json!({}), json!({ "body": "x", "text": "y" })] {
        assert!(create.check_request(&[], Some(&wrong)).is_err(), "{wrong}");
    }
    let check = Operation::find("POST", "/repos/a/b/check-runs").unwrap();
    let run = |output: Value| json!({ "name": "x", "head_sha": "y", "output": output });
    let fine = run(json!({ "title": "x", "summary": "y" }));
    assert_eq!(check.check_request(&[], Some(&fine)), Ok(()));
    let misspelt = run(json!({ "title": "x", "summary": "y", "anotations": [] }));
    assert!(check.check_request(&[], Some(&misspelt)).is_err());
    let mut answer = create.example(201);
    assert_eq!(create.check_response(201, &answer), Ok(()));
    answer["user"] = Value::Null;
    assert_eq!(create.check_response(201, &answer), Ok(()), "the account may be gone");
    answer["id"] = json!("1");
    assert!(create.check_response(201, &answer).is_err());
    assert!(create.check_response(202, &answer).is_err());
}
