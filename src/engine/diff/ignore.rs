//! What a comparison with a live database leaves alone.

use std::collections::BTreeSet;

use crate::model::pattern::Names;
use crate::model::schema::{ObjectId, ObjectKind, Schema};

/// Objects that are left alone. A `*` in a text stands for any characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignore {
    /// Schemas, with everything in them.
    pub schemas: Vec<String>,
    /// Objects, as `schema.name` or `name`, a part of one as `schema.name.part`; of functions without arguments.
    pub objects: Vec<String>,
    /// Owners, with everything that is theirs.
    pub owners: Vec<String>,
}

impl Ignore {
    /// Makes what is to be left alone in a declared structure as it is in the live one, so that nothing of it
    /// differs and whatever needs it still finds it. Returns how many objects that were, without their parts.
    pub fn overlay(&self, live: &Schema, declared: &mut Schema) -> usize {
        let patterns = Patterns::of(self);
        let wholes: BTreeSet<ObjectId> = live
            .objects
            .keys()
            .chain(declared.objects.keys())
            .filter(|id| patterns.leave_alone(id, live))
            .cloned()
            .collect();
        let alone = |id: &ObjectId| wholes.contains(id) || wholes.iter().any(|whole| is_part(id, whole));
        let count = wholes.iter().filter(|id| !wholes.iter().any(|whole| is_part(id, whole))).count();
        declared.objects.retain(|id, _| !alone(id));
        declared.dependencies.retain(|id, _| !alone(id));
        let objects = live.objects.iter().filter(|(id, _)| alone(id));
        declared.objects.extend(objects.map(|(id, object)| (id.clone(), object.clone())));
        let dependencies = live.dependencies.iter().filter(|(id, _)| alone(id));
        declared.dependencies.extend(dependencies.map(|(id, needs)| (id.clone(), needs.clone())));
        count
    }
}

/// The same, ready to be matched.
struct Patterns {
    schemas: Names,
    objects: Names,
    owners: Names,
}

impl Patterns {
    fn of(ignore: &Ignore) -> Self {
        Self {
            schemas: Names::new(&ignore.schemas),
            objects: Names::new(&ignore.objects),
            owners: Names::new(&ignore.owners),
        }
    }

    fn leave_alone(&self, id: &ObjectId, live: &Schema) -> bool {
        let full = if id.parent.is_empty() { id.name.clone() } else { format!("{}.{}", id.parent, id.name) };
        let full = plain(&full);
        let bare = full.split_once('.').map_or(full.as_str(), |(_, rest)| rest);
        let schema = if id.kind == ObjectKind::Schema {
            full.as_str()
        } else {
            full.split_once('.').map_or("", |(schema, _)| schema)
        };
        let owner = live.objects.get(id).and_then(|object| object.properties.get("owner"));
        self.schemas.mean(schema)
            || self.objects.mean(&full)
            || self.objects.mean(bare)
            || owner.is_some_and(|owner| self.owners.mean(&plain(owner)))
    }
}

fn is_part(id: &ObjectId, whole: &ObjectId) -> bool {
    whole.parent.is_empty() && whole.kind.has_parts() && id.parent == whole.name
}

/// A name as people write it: without quotes, a function without its arguments.
fn plain(name: &str) -> String {
    name.split('(').next().unwrap_or_default().replace('"', "")
}

#[cfg(test)]
mod tests {
    use super::Ignore;
    use crate::model::schema::{Object, ObjectId, ObjectKind, Schema};

    fn schema(objects: &[(&str, ObjectKind, &str, &str)]) -> Schema {
        let mut schema = Schema::default();
        for (parent, kind, name, value) in objects {
            let id = ObjectId { parent: (*parent).to_owned(), kind: *kind, name: (*name).to_owned() };
            let mut object = Object::default();
            object.properties.insert("owner".to_owned(), (*value).to_owned());
            schema.objects.insert(id, object);
        }
        schema
    }

    #[track_caller]
    fn check(schemas: &[&str], objects: &[&str], owners: &[&str], wanted: &[&str]) {
        let texts = |patterns: &[&str]| patterns.iter().map(|text| (*text).to_owned()).collect();
        let ignore = Ignore { schemas: texts(schemas), objects: texts(objects), owners: texts(owners) };
        let live = schema(&[
            ("", ObjectKind::Schema, "audit", "app"),
            ("", ObjectKind::Table, "audit.log", "app"),
            ("audit.log", ObjectKind::Column, "id", "app"),
            ("", ObjectKind::Table, "public.\"Order\"", "app"),
            ("", ObjectKind::Function, "public.f(integer)", "monitor"),
        ]);
        let mut declared = schema(&[("", ObjectKind::Table, "public.new", "app")]);
        ignore.overlay(&live, &mut declared);
        let found: Vec<String> = declared.objects.keys().map(ObjectId::full_name).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn what_is_left_alone_is_as_it_is_in_the_live_database() {
        check(&[], &[], &[], &["public.new"]);
        check(&["audit"], &[], &[], &["audit", "audit.log", "public.new", "id of audit.log"]);
        check(&[], &["public.*"], &[], &["public.\"Order\"", "public.f(integer)"]);
        check(&[], &["log"], &[], &["audit.log", "public.new", "id of audit.log"]);
        check(&[], &["Order", "new"], &[], &["public.\"Order\""]);
        check(&[], &["audit.log.id"], &[], &["public.new", "id of audit.log"]);
        check(&[], &[], &["monitor"], &["public.new", "public.f(integer)"]);
    }
}
