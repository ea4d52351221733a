//! What a person sees: the page with the buttons, and pages of refusal.
//!
//! Plain HTML with one style sheet inside, which the `Content-Security-Policy` names by its hash;
//! no script. The look is the stand-in's own, so that nobody takes it for the real GitHub.

use std::fmt::Write;

use base64ct::{Base64, Encoding};
use http::StatusCode;
use sha2::{Digest, Sha256};

use super::authorize::{Asked, Refusal};
use super::params::Params;
use super::reply::{Reply, reply, set};
use super::scopes::Scopes;
use super::user::User;
use super::world::World;

const HTML: &str = "text/html; charset=utf-8";

const STYLE: &str = include_str!("page.css");

/// Parameters that the form repeats, so that the decision is judged by them once more.
const CARRIED: [&str; 9] = [
    "allow_signup",
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
];

/// Asks who signs in: one button a user, and one to cancel.
pub(super) fn choose(world: &World, asked: &Asked, params: &Params) -> Reply {
    let mut main = String::new();
    let app = escaped(&asked.app_name);
    let _ = write!(
        main,
        "<h1>Sign in to <strong>{app}</strong></h1>\n<p>Choose who you are.</p>\n"
    );
    main.push_str("<form method=\"post\" action=\"/login/oauth/authorize\">\n");
    for name in CARRIED {
        if let Some(value) = params.value(name) {
            let value = escaped(value);
            let _ = writeln!(
                main,
                "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">"
            );
        }
    }
    main.push_str("<ul class=\"users\">\n");
    for (index, user) in world.users.values().enumerate() {
        main.push_str(&button(user, index, params.value("login")));
    }
    main.push_str("</ul>\n");
    main.push_str(
        "<button class=\"cancel\" name=\"decision\" value=\"deny\">Cancel</button>\n</form>\n",
    );
    main.push_str(&wishes(&asked.scopes));
    page(StatusCode::OK, "Sign in", &main)
}

/// Says why there is nothing to choose.
pub(super) fn refused(refusal: Refusal) -> Reply {
    let mut main = format!("<h1>{}</h1>\n<p>Be careful: {refusal}.", refusal.title());
    main.push_str(" The application may be misconfigured, or may try to lead you elsewhere.</p>\n");
    page(refusal.status(), "Refused", &main)
}

/// Says what this server is.
pub(super) fn home(world: &World) -> Reply {
    let mut main = String::from(
        "<h1>GitHub stand-in</h1>\n<p>This server plays GitHub's sign-in for tests and for trying \
         things out. Start at the application that uses it; it leads here.</p>\n\
         <ul class=\"users\">\n",
    );
    for (index, user) in world.users.values().enumerate() {
        let _ = writeln!(
            main,
            "<li><div class=\"user\">{}</div></li>",
            face(user, index)
        );
    }
    main.push_str("</ul>\n");
    page(StatusCode::OK, "Home", &main)
}

/// Draws the picture that `avatar_url` names.
pub(super) fn avatar(world: &World, id: &str) -> Option<Reply> {
    let id = id.parse().ok()?;
    let index = world.users.keys().position(|known| *known == id)?;
    let initials = escaped(&initials(world.users.get(&id)?));
    let colour = ["#2f6f4f", "#7a4a8c", "#a5542a", "#2d5f8b"][index % 4];
    let image = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 96 96\"><rect width=\"96\" \
         height=\"96\" fill=\"{colour}\"/><text x=\"48\" y=\"50\" fill=\"#fff\" \
         font-family=\"sans-serif\" font-size=\"38\" text-anchor=\"middle\" \
         dominant-baseline=\"middle\">{initials}</text></svg>\n"
    );
    Some(reply(StatusCode::OK, "image/svg+xml", image))
}

fn button(user: &User, index: usize, suggested: Option<&str>) -> String {
    let focus = if suggested == Some(user.login.as_str()) {
        " autofocus"
    } else {
        ""
    };
    let (id, face) = (user.id, face(user, index));
    format!("<li><button class=\"user\" name=\"user\" value=\"{id}\"{focus}>{face}</button></li>\n")
}

fn face(user: &User, index: usize) -> String {
    let name = user.name.as_deref().unwrap_or_default();
    format!(
        "<span class=\"avatar a{}\" aria-hidden=\"true\">{}</span><span class=\"who\">\
         <span class=\"login\">{}</span> <span class=\"name\">{}</span></span>",
        index % 4,
        escaped(&initials(user)),
        escaped(&user.login),
        escaped(name),
    )
}

/// The first letters of the first two words of the name, or of the login.
fn initials(user: &User) -> String {
    let name = user.name.as_deref().filter(|name| !name.trim().is_empty());
    let words = name.unwrap_or(&user.login).split([' ', '-']);
    words
        .filter_map(|word| word.chars().next())
        .take(2)
        .flat_map(char::to_uppercase)
        .collect()
}

fn wishes(scopes: &Scopes) -> String {
    if scopes.is_empty() {
        return "<p class=\"note\">The application asks for your public profile.</p>\n".to_owned();
    }
    let scopes: String = scopes
        .iter()
        .map(|scope| format!("<li><code>{}</code></li>", escaped(scope)))
        .collect();
    format!("<p class=\"note\">The application asks for:</p>\n<ul class=\"scopes\">{scopes}</ul>\n")
}

fn page(status: StatusCode, title: &str, main: &str) -> Reply {
    let body = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} - GitHub stand-in</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <header>GitHub <b>stand-in</b></header>\n<main>\n{main}</main>\n\
         <footer>Not the real GitHub: no account and no password is needed.</footer>\n\
         </body>\n</html>\n"
    );
    let mut reply = reply(status, HTML, body);
    set(&mut reply, "cache-control", "no-store");
    set(
        &mut reply,
        "content-security-policy",
        &content_security_policy(),
    );
    set(&mut reply, "referrer-policy", "no-referrer");
    set(&mut reply, "x-content-type-options", "nosniff");
    reply
}

/// `form-action` is left out on purpose: browsers apply it to the redirects that follow the form
/// too, and those lead to the app and wherever the app goes from there.
fn content_security_policy() -> String {
    let hash = Base64::encode_string(&Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'"
    )
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_come_from_the_name_or_the_login() {
        let mut user = User::new(1, "zoe-dev", "Ada Byron Lovelace");
        assert_eq!(initials(&user), "AB");
        user.name = None;
        assert_eq!(initials(&user), "ZD");
    }

    #[test]
    fn markup_in_a_name_is_text() {
        let user = User::new(1, "x", "<b>\"&'");
        assert!(face(&user, 0).contains("&lt;b&gt;&quot;&amp;&#39;"));
    }
}
