//! Field types for shapes of the wire: borrowed where the JSON allows it, lenient where the API is.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::domain::interner::Interner;
use crate::domain::keys;
use crate::domain::quantity;
use crate::domain::{Api, Labels, Text, Time};

/// A list that may be absent or null.
pub(super) type List<T> = Option<Vec<T>>;

/// A string, borrowed from the JSON unless it holds escapes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Str<'a>(Cow<'a, str>);

impl Deref for Str<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Str<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Str<'de>, E> {
                Ok(Str(Cow::Borrowed(v)))
            }
            fn visit_str<E>(self, v: &str) -> Result<Str<'de>, E> {
                Ok(Str(Cow::Owned(v.to_owned())))
            }
            fn visit_string<E>(self, v: String) -> Result<Str<'de>, E> {
                Ok(Str(Cow::Owned(v)))
            }
        }
        d.deserialize_str(V)
    }
}

/// The interned text of a string that may be absent: empty then.
pub(super) fn text(s: Option<&Str<'_>>, i: &mut Interner) -> Text {
    i.text(s.map(|s| &**s).unwrap_or_default())
}

/// The interned text of a string, `None` where it is absent or empty.
pub(super) fn some(s: Option<&Str<'_>>, i: &mut Interner) -> Option<Text> {
    s.filter(|s| !s.is_empty()).map(|s| i.text(s))
}

/// The kind that an `apiVersion` and a `kind` refer to.
pub(super) fn api(version: Option<&Str<'_>>, kind: Option<&Str<'_>>, i: &mut Interner) -> Api {
    i.api(version.map(|s| &**s).unwrap_or_default(), kind.map(|s| &**s).unwrap_or_default())
}

/// A sentence, that hardly any other object shares: cut, not interned.
pub(super) fn sentence(s: Option<&Str<'_>>) -> Option<Text> {
    s.filter(|s| !s.is_empty()).map(|s| Text::capped(s, 1024))
}

/// A text that no other object shares (a UID, a version): not interned.
pub(super) fn alone(s: Option<&Str<'_>>) -> Text {
    s.map(|s| Text::new(s)).unwrap_or_default()
}

/// A time; what is no time is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Stamp(pub(super) Option<Time>);

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Stamp;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time")
            }
            fn visit_unit<E>(self) -> Result<Stamp, E> {
                Ok(Stamp(None))
            }
            fn visit_none<E>(self) -> Result<Stamp, E> {
                Ok(Stamp(None))
            }
            fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Stamp, D::Error> {
                d.deserialize_any(self)
            }
            fn visit_str<E>(self, v: &str) -> Result<Stamp, E> {
                Ok(Stamp(v.parse().ok()))
            }
            /// Microseconds since 1970, of protobuf.
            fn visit_i128<E>(self, v: i128) -> Result<Stamp, E> {
                Ok(Stamp(i64::try_from(v).ok().and_then(|v| Time::from_microsecond(v).ok())))
            }
        }
        d.deserialize_option(V)
    }
}

/// A number or a name: what the API calls `IntOrString`.
#[derive(Clone, Debug)]
pub(super) struct Either(String);

impl fmt::Display for Either {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Either {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl Visitor<'_> for V {
            type Value = Either;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a string")
            }
            fn visit_i64<E>(self, v: i64) -> Result<Either, E> {
                Ok(Either(v.to_string()))
            }
            fn visit_u64<E>(self, v: u64) -> Result<Either, E> {
                Ok(Either(v.to_string()))
            }
            fn visit_str<E>(self, v: &str) -> Result<Either, E> {
                Ok(Either(v.to_owned()))
            }
        }
        d.deserialize_any(V)
    }
}

/// A map of strings.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs<'a>(pub(super) Vec<(Str<'a>, Str<'a>)>);

impl Pairs<'_> {
    pub(super) fn labels(&self, i: &mut Interner) -> Labels {
        i.labels(self.0.iter().map(|(k, v)| (&**k, &**v)))
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(k, _)| &**k == key).map(|(_, v)| &**v)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        pairs(d, |_| true).map(Pairs)
    }
}

/// Annotations, only those that kennel reads: the others may be large (a whole object, by `kubectl apply`).
#[derive(Clone, Debug, Default)]
pub(super) struct Annotations<'a>(pub(super) Pairs<'a>);

/// Beginnings of the annotations that are kept. Who reads them: `domain` (names, memories of counts, who
/// deployed it, where it comes from), `plan` (markers of other tools), `health`.
const KEPT: &[&str] = &[
    "kennel.dev/",
    "deployment.kubernetes.io/revision",
    "kubernetes.io/change-cause",
    "kubectl.kubernetes.io/default-container",
    keys::RESTARTED,
    "autoscaling.keda.sh/",
    "helm.sh/hook",
    "meta.helm.sh/",
    "argocd.argoproj.io/",
    "kustomize.toolkit.fluxcd.io/",
    "helm.toolkit.fluxcd.io/",
    "app.gitlab.com/",
    "org.opencontainers.image.",
    "backstage.io/",
    "openshift.io/",
    "field.cattle.io/",
    "headlamp.dev/",
    // What other tools remember of what they have stopped.
    "downscaler/",
    "sleepinfo.kube-green.com/",
    "sleepinfo",
    "kube-green.",
    "loft.sh/",
    "sleepmode.loft.sh/",
    "dev.okteto.com/",
    "hibernator.devtron.ai/",
    "idling.alpha.openshift.io/",
];

impl<'de: 'a, 'a> Deserialize<'de> for Annotations<'a> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        pairs(d, |key| KEPT.iter().any(|k| key.starts_with(k))).map(|p| Annotations(Pairs(p)))
    }
}

type PairList<'a> = Vec<(Str<'a>, Str<'a>)>;

/// Reads a map of strings, only the keys that `keep` wants; null is empty.
fn pairs<'de: 'a, 'a, D: Deserializer<'de>>(d: D, keep: fn(&str) -> bool) -> Result<PairList<'a>, D::Error> {
    struct V(fn(&str) -> bool);
    impl<'de> Visitor<'de> for V {
        type Value = PairList<'de>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map of strings")
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }
        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }
        fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
            d.deserialize_map(self)
        }
        fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
            let mut all = Vec::with_capacity(map.size_hint().unwrap_or(4));
            while let Some(key) = map.next_key::<Str<'de>>()? {
                if (self.0)(&key) {
                    let value = map.next_value::<Option<Str<'de>>>()?.unwrap_or_default();
                    all.push((key, value));
                } else {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            Ok(all)
        }
    }
    d.deserialize_option(V(keep))
}

/// A count: absent, null and negative are 0.
pub(super) fn count(n: Option<i64>) -> u32 {
    u32::try_from(n.unwrap_or_default().max(0)).unwrap_or(u32::MAX)
}

/// A count that may be absent.
pub(super) fn maybe(n: Option<i64>) -> Option<u32> {
    n.map(|n| count(Some(n)))
}

/// Sums the quantities that are there, by `read`; `None` where there is none, or where one can't be read
/// (a sum without it would be too small).
pub(super) fn sum<'a>(all: impl Iterator<Item = &'a str>, read: fn(&str) -> Option<u64>) -> Option<u64> {
    let mut sum: Option<u64> = None;
    for q in all {
        sum = Some(sum.unwrap_or_default().saturating_add(read(q)?));
    }
    sum
}

/// CPU in milli-CPU.
pub(super) fn cpu<'a>(all: impl Iterator<Item = &'a str>) -> Option<u64> {
    sum(all, quantity::milli)
}

/// Memory in bytes.
pub(super) fn memory<'a>(all: impl Iterator<Item = &'a str>) -> Option<u64> {
    sum(all, quantity::units)
}
