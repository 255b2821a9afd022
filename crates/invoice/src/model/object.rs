//! The macro that makes an object of the model: its fields, how it is read, what the schema asks of it.

/// Makes objects.
///
/// ```text
/// objects! {
///     /// BG-14
///     Period<'a> {
///         start: Date,                  // optional
///         end: Date,
///         kind "type": Text<'a, Code>,  // the JSON name, where it is no Rust name
///         net: Decimal = required,
///     } [any of start, end]             // one of them has to be there
///     [keeps first_name: FirstName]     // and of its names the first, or all, with their places in the text
/// }
/// ```
macro_rules! objects {
    ($(
        $(#[$doc:meta])*
        $name:ident<'a> { $($field:ident $($key:literal)?: $type:ty $(= $required:ident)?,)+ }
        $([any of $($any:ident),+])? $([keeps $names:ident: $kept:ident])?
    )+) => {
        /// The names of all fields, object by object.
        pub(super) const NAMES: &[&[&str]] = &[$(&[$(key!($field $($key)?),)+]),+];

        $(
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(crate) struct $name<'a> {
            $(pub(crate) $field: Field<'a, $type>,)+
            /// It has a field that the format does not know.
            has_strange_fields: bool,
            /// It has a field twice.
            pub(crate) repeats_a_name: bool,
            $(pub(crate) $names: $kept<'a>,)?
        }

        impl<'a> Read<'a> for $name<'a> {
            fn read<D: Deserializer<'a>>(deserializer: D, field: &mut Field<'a, Self>) -> Result<(), D::Error> {
                read_form::<Self, D>(deserializer, field)
            }

            fn is_clean(&self) -> bool {
                !(self.has_strange_fields || self.repeats_a_name)
                    $(&& self.$field.is_clean(required!($($required)?)))+
                    $(&& ($(!self.$any.is_absent())||+))?
            }

            fn says_the_same(&self, other: &Self) -> bool {
                true $(&& self.$field.says_the_same(&other.$field))+
            }

            fn items(&self) -> usize {
                0 $(+ self.$field.get().map_or(0, Read::items))+
            }

            fn bad_fields(&self, at: &NodePath<'_>, found: &mut Vec<BadField<'a>>) {
                $(self.$field.bad_fields(&NodePath::Name(at, key!($field $($key)?)), found);)+
            }
        }

        impl Fields for $name<'_> {
            fn clean_field(&self, name: &str) -> Option<usize> {
                match name {
                    $(key!($field $($key)?) => self.$field.clean_items(),)+
                    _ => None,
                }
            }
        }

        impl<'a> Form<'a> for $name<'a> {
            type Value = Self;

            fn of_map<A: MapAccess<'a>>(mut map: A, field: &mut Field<'a, Self>) -> Result<(), A::Error> {
                let object = field.begin();
                while let Some(key) = map.next_key::<Key<'a>>()? {
                    $(object.$names.pass(&key);)?
                    match &*key.0 {
                        $(key!($field $($key)?) => {
                            object.repeats_a_name |= !object.$field.is_absent();
                            map.next_value_seed(Slot(&mut object.$field))?;
                        })+
                        _ => {
                            object.has_strange_fields = true;
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(())
            }
        }
        )+
    };
}

macro_rules! key {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $key:literal) => {
        $key
    };
}

macro_rules! required {
    () => {
        false
    };
    (required) => {
        true
    };
}

pub(super) use {key, objects, required};
