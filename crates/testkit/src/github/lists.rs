//! Pages of lists, tied together by the `Link` header (RFC 8288).

use http::{StatusCode, Uri};
use serde_json::Value;

use super::params::Params;
use super::reply::{Reply, json, set};
use super::shared::Shared;

/// Items of a page if the call does not say.
const PER_PAGE: usize = 30;
/// Items of a page at most.
const PER_PAGE_CAP: usize = 100;

/// Answers with one page of `items`.
pub(super) fn paged(shared: &Shared, uri: &Uri, items: Vec<Value>) -> Reply {
    let wanted = Wanted::read(uri.query().unwrap_or_default());
    let last = items.len().div_ceil(wanted.per_page).max(1);
    let skipped = wanted
        .page
        .saturating_sub(1)
        .saturating_mul(wanted.per_page);
    let page = items
        .into_iter()
        .skip(skipped)
        .take(wanted.per_page)
        .collect();
    let mut reply = json(StatusCode::OK, &Value::Array(page));
    let link = wanted.link(&format!("{}{}", shared.base, uri.path()), last);
    if !link.is_empty() {
        set(&mut reply, "link", &link);
    }
    reply
}

struct Wanted {
    page: usize,
    per_page: usize,
}

impl Wanted {
    /// As on GitHub, numbers out of range are brought into it and other text is ignored.
    fn read(query: &str) -> Self {
        let params = Params::form(query.as_bytes()).unwrap_or_default();
        let number = |name| params.value(name).and_then(|text| text.parse().ok());
        Self {
            page: number("page").unwrap_or(1).max(1),
            per_page: number("per_page")
                .unwrap_or(PER_PAGE)
                .clamp(1, PER_PAGE_CAP),
        }
    }

    fn link(&self, url: &str, last: usize) -> String {
        let mut relations = Vec::new();
        if self.page > 1 {
            relations.push(("prev", (self.page - 1).min(last)));
        }
        if self.page < last {
            relations.extend([("next", self.page + 1), ("last", last)]);
        }
        if self.page > 1 {
            relations.push(("first", 1));
        }
        let per_page = self.per_page;
        let links = relations.iter().map(|(relation, page)| {
            format!("<{url}?per_page={per_page}&page={page}>; rel=\"{relation}\"")
        });
        links.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_through_the_pages() {
        let link = |query| Wanted::read(query).link("u", 3);
        assert_eq!(
            link("per_page=2"),
            "<u?per_page=2&page=2>; rel=\"next\", <u?per_page=2&page=3>; rel=\"last\""
        );
        assert_eq!(
            link("per_page=2&page=3"),
            "<u?per_page=2&page=2>; rel=\"prev\", <u?per_page=2&page=1>; rel=\"first\""
        );
        assert_eq!(Wanted::read("").link("u", 1), "");
    }

    #[test]
    fn numbers_are_brought_into_range() {
        let wanted = Wanted::read("per_page=1000&page=0");
        assert_eq!((wanted.per_page, wanted.page), (100, 1));
        assert_eq!(Wanted::read("per_page=x").per_page, 30);
    }
}
