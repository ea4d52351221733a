//! Steam 2015, Klarna 2021, CVE-2023-30861 (Flask), CVE-2014-1418 (Django), CVE-2022-24894
//! (Symfony): a cache in between gave somebody a page, or the `Set-Cookie`, of somebody else.
//!
//! Here: whatever the status, and whatever the handler says of caching itself, an answer for which
//! the session was asked varies by the cookie, and one to a request with a token, or one that sets
//! the cookie, is nothing for a shared cache. An answer that anybody without a cookie gets may be
//! kept by one for all who have none.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, COOKIE as COOKIES, HeaderMap, HeaderValue, SET_COOKIE, VARY};
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use portcullis_session::{Key, Lifecycle, Session};
use portcullis_tests::{Answer, Ask, Masker, Site, SiteSetup, StoreKind};
use portcullis_tower::SessionsLayer;
use tower::util::BoxCloneService;
use tower::{Layer as _, ServiceExt as _, service_fn};

use super::support::{COOKIE, Ground, grounds, lifecycle, login, sign_in};

type Service = BoxCloneService<Request<Plan>, Response<Full<Bytes>>, Infallible>;

const THEME: Key<String> = Key::new("theme");

const STATUSES: [u16; 14] = [
    200, 201, 204, 206, 301, 303, 304, 400, 401, 404, 412, 429, 500, 503,
];

/// What a handler says of caching itself.
const OWN: [&str; 8] = [
    "",
    "public",
    "public, max-age=60",
    "max-age=60, s-maxage=600",
    "PUBLIC , S-MaxAge=9",
    "no-cache",
    "private, max-age=5",
    "no-store",
];

/// What a handler does with the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Nothing,
    Read,
    Write,
    LogIn,
    LogOut,
    Rotate,
}

const DEEDS: [Deed; 6] = [
    Deed::Nothing,
    Deed::Read,
    Deed::Write,
    Deed::LogIn,
    Deed::LogOut,
    Deed::Rotate,
];

#[derive(Clone, Copy, Debug)]
struct Plan {
    deed: Deed,
    status: u16,
    own: &'static str,
}

async fn handle(request: Request<Plan>) -> Result<Response<Full<Bytes>>, Infallible> {
    let session = request.extensions().get::<Session>();
    let session = session.expect("the layer is there").clone();
    let plan = request.into_body();
    act(&session, plan.deed).await;
    let mut answer = Response::new(Full::from("page"));
    *answer.status_mut() = StatusCode::from_u16(plan.status).unwrap();
    if !plan.own.is_empty() {
        let own = HeaderValue::from_static(plan.own);
        answer.headers_mut().insert(CACHE_CONTROL, own);
    }
    Ok(answer)
}

/// Whether it goes well is of no matter: what the answer says must be right.
async fn act(session: &Session, deed: Deed) {
    match deed {
        Deed::Nothing => {}
        Deed::Read => drop(session.principal().await),
        Deed::Write => drop(session.set_value(THEME, &"dark".to_owned())),
        Deed::LogIn => drop(session.log_in(login("bob")).await),
        Deed::LogOut => drop(session.log_out().await),
        Deed::Rotate => drop(session.rotate().await),
    }
}

/// The directives of `Cache-Control`, in lower case.
fn directives(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(CACHE_CONTROL).iter();
    let lines = lines.map(|line| line.to_str().expect("visible ASCII").to_ascii_lowercase());
    let each = lines.flat_map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    each.map(|directive| directive.trim().to_owned()).collect()
}

fn varies(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(VARY).iter();
    let mut fields = lines.flat_map(|line| line.to_str().unwrap().split(','));
    fields.any(|field| field.trim().eq_ignore_ascii_case("cookie"))
}

/// No shared cache gives this answer to anybody else.
fn is_private(headers: &HeaderMap, what: &str) {
    assert!(varies(headers), "no Vary: Cookie on {what}");
    let said = directives(headers);
    let closed = said.iter().any(|it| it == "private" || it == "no-store");
    assert!(closed, "a shared cache may keep {what}: {said:?}");
    let invites = |it: &String| it == "public" || it.starts_with("s-maxage");
    assert!(
        !said.iter().any(invites) || said.contains(&"no-store".to_owned()),
        "a shared cache is invited to keep {what}: {said:?}"
    );
}

fn judge(headers: &HeaderMap, deed: Deed, token: bool, what: &str) {
    let sets = headers.contains_key(SET_COOKIE);
    if sets || (deed != Deed::Nothing && token) {
        is_private(headers, what);
    } else if deed != Deed::Nothing {
        assert!(varies(headers), "no Vary: Cookie on {what}");
    }
}

/// A request with a living token, a dead one, or none.
async fn request(lifecycle: &Lifecycle, plan: Plan, cookie: &str) -> Request<Plan> {
    let token = match cookie {
        "alive" => sign_in(lifecycle, "ada").await,
        _ => "A".repeat(43),
    };
    let mut request = Request::new(plan);
    if cookie != "none" {
        let line = HeaderValue::try_from(format!("{COOKIE}={token}"));
        request.headers_mut().insert(COOKIES, line.unwrap());
    }
    request
}

async fn check(ground: &Ground, wrap: fn(Lifecycle, Service) -> Service) {
    let lifecycle = lifecycle(Arc::clone(&ground.store));
    let service = wrap(lifecycle.clone(), BoxCloneService::new(service_fn(handle)));
    let plans = STATUSES.into_iter().flat_map(|status| {
        let of = move |own| DEEDS.map(|deed| Plan { deed, status, own });
        OWN.into_iter().flat_map(of)
    });
    for plan in plans {
        for cookie in ["none", "alive", "dead"] {
            let request = request(&lifecycle, plan, cookie).await;
            let Ok(answer) = service.clone().oneshot(request).await;
            let what = format!("{plan:?} {cookie}");
            judge(answer.headers(), plan.deed, cookie != "none", &what);
        }
    }
}

fn ours(lifecycle: Lifecycle, inner: Service) -> Service {
    BoxCloneService::new(SessionsLayer::new(lifecycle).layer(inner))
}

#[tokio::test]
async fn a33_no_shared_cache_keeps_an_answer_that_depends_on_a_session() {
    // What is written goes to the store first; the kind of store changes nothing of the answer.
    let [memory, _, cached] = grounds();
    check(&memory, ours).await;
    check(&cached, ours).await;
}

/// The same through HTTP, behind the layers that services have: every route of a site.
#[tokio::test]
async fn a33_every_route_of_a_site_says_so() {
    for kind in [StoreKind::Memory, StoreKind::Sqlite] {
        let site = SiteSetup::new(kind).behind_others(true).start().await;
        let kinds = "page empty redirect error not-modified cookies cached".split(' ');
        let kinds = kinds.map(|kind| Ask::get(&format!("/kind/{kind}")));
        let asks = [
            Ask::get("/me"),
            Ask::get("/value/a"),
            Ask::post("/value/a").body("x"),
            Ask::get("/value/none"),
            Ask::get("/devices"),
            Ask::post("/rotate"),
            Ask::post("/broken/rotate/fail"),
            Ask::post("/login/bob"),
            Ask::post("/logout"),
            Ask::get(Site::CALLBACK),
        ];
        for ask in kinds.chain(asks) {
            let browser = site.logged_in("ada").await;
            let what = format!("{ask:?}");
            let answer = browser.ask(ask).await;
            // What is refused before the session is asked for says the same to everybody.
            if answer.status != StatusCode::NOT_FOUND {
                is_private(&answer.headers, &what);
            }
        }
        let public = site.logged_in("ada").await.get("/public").await;
        assert!(directives(&public.headers).is_empty(), "nobody asked");
    }
}

/// And every route of the example server.
#[tokio::test]
async fn a33_every_route_of_the_server_says_so() {
    let masker = Masker::start(StoreKind::Sqlite).await;
    let browser = masker.signed_in(Masker::ALICE).await;
    let check = |answer: &Answer, what: &str| is_private(&answer.headers, what);
    for path in ["/me", "/sessions", "/agents", "/agents/none"] {
        let answer = browser.get(&format!("/api/v1{path}")).await;
        check(&answer, path);
    }
    let answer = browser.delete("/api/v1/sessions/none").await;
    check(&answer, "a session that is none");
    let answer = browser.post("/api/v1/auth/logout").await;
    check(&answer, "a log-out");
}

mod with_a_fault {
    use portcullis_tests::Twin;

    use super::*;

    const TEST: &str = "a33_no_shared_cache_keeps_an_answer_that_depends_on_a_session";

    /// Says it on a success alone, as error pages were made elsewhere.
    fn on_success_alone(lifecycle: Lifecycle, inner: Service) -> Service {
        let right = ours(lifecycle, inner);
        BoxCloneService::new(right.map_response(|mut answer| {
            if !answer.status().is_success() {
                answer.headers_mut().remove(CACHE_CONTROL);
            }
            answer
        }))
    }

    /// Says it where the cookie is set, and forgets that the page depends on it (CVE-2014-1418).
    fn where_it_is_set(lifecycle: Lifecycle, inner: Service) -> Service {
        let right = ours(lifecycle, inner);
        BoxCloneService::new(right.map_response(|mut answer| {
            if !answer.headers().contains_key(SET_COOKIE) {
                answer.headers_mut().remove(VARY);
            }
            answer
        }))
    }

    /// Leaves what the handler said, beside its own.
    fn beside(lifecycle: Lifecycle, inner: Service) -> Service {
        let right = ours(lifecycle, inner.clone());
        let says = service_fn(move |request: Request<Plan>| {
            let own = request.body().own;
            let right = right.clone();
            async move {
                let mut answer = right.oneshot(request).await?;
                if own.starts_with("public") {
                    let own = HeaderValue::from_static(own);
                    answer.headers_mut().append(CACHE_CONTROL, own);
                }
                Ok(answer)
            }
        });
        BoxCloneService::new(says)
    }

    macro_rules! caught {
        ($($fault:ident: $wrap:ident, $says:literal;)+) => {
            $(
                #[expect(non_snake_case, reason = "the test is called what the fault is called")]
                #[tokio::test]
                async fn $fault() {
                    let [memory, ..] = grounds();
                    Twin::new(concat!("a33 ", stringify!($fault)), TEST, $says)
                        .is_caught_async(check(&memory, $wrap))
                        .await;
                }
            )+
        };
    }

    caught! {
        ErrorsAreForAll: on_success_alone, "a shared cache may keep";
        VariesWhereItIsSet: where_it_is_set, "no Vary: Cookie on";
        HandlerInvitesCaches: beside, "a shared cache is invited to keep";
    }
}
