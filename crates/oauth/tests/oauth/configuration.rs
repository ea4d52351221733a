use portcullis_core::Secret;
use portcullis_oauth::{ConfigErrorKind, GithubConfig, GithubConfigBuilder};

use crate::support::*;

fn kind(builder: GithubConfigBuilder) -> Option<ConfigErrorKind> {
    builder.build().err().map(|error| error.kind())
}

fn with_redirect(uri: &str) -> GithubConfigBuilder {
    GithubConfig::builder("client", Secret::from(SECRET), uri)
}

#[test]
fn o06_the_redirect_uri_is_the_configured_one() {
    let config = builder().build().unwrap();
    assert_eq!(config.redirect_uri(), REDIRECT);
    assert_eq!(config.redirect_path(), "/auth/callback");
}

#[test]
fn o08_plain_http_is_refused_for_any_host_but_this_machine() {
    for uri in [
        "http://app.example/cb",
        "http://localhost.example/cb",
        "http://127.0.0.1.example/cb",
        "http://128.0.0.1/cb",
        "http://[::2]/cb",
        "http://0.0.0.0/cb",
        "http://notlocalhost/cb",
        "http://10.0.0.1/cb",
        "ftp://localhost/cb",
        "javascript:alert(1)",
        "/cb",
        "",
        "https://u@app.example/cb",
        "https://u:p@app.example/cb",
        "https://app.example/cb#f",
    ] {
        assert_eq!(
            kind(with_redirect(uri)),
            Some(ConfigErrorKind::RedirectUri),
            "{uri}"
        );
    }
    for uri in [
        "https://app.example/cb",
        "http://localhost:1/cb",
        "http://127.9.9.9/cb",
        "http://[::1]:8080/cb",
    ] {
        assert_eq!(kind(with_redirect(uri)), None, "{uri}");
    }
}

#[test]
fn o34_bases_are_https_or_this_machine() {
    let api = "https://ghes.example/api/v3";
    for bad in [
        "http://ghes.example",
        "https://u@ghes.example",
        "https://ghes.example/?q",
        "x",
    ] {
        let web = builder().with_web_base(bad).with_api_base(api);
        assert_eq!(kind(web), Some(ConfigErrorKind::WebBase), "{bad}");
        assert_eq!(
            kind(builder().with_api_base(bad)),
            Some(ConfigErrorKind::ApiBase),
            "{bad}"
        );
    }
    let local = builder()
        .with_web_base("http://127.0.0.1:9")
        .with_api_base("http://127.0.0.1:9/api/v3");
    assert_eq!(kind(local), None);
}

#[test]
fn a_changed_website_needs_its_own_api() {
    let web = builder().with_web_base("https://ghes.example");
    assert_eq!(kind(web), Some(ConfigErrorKind::ApiBase));
}

#[test]
fn every_setting_is_checked_when_it_is_built() {
    let secret = |text: &str| GithubConfig::builder("client", Secret::from(text), REDIRECT);
    let id = |id: &str| GithubConfig::builder(id, Secret::from(SECRET), REDIRECT);
    for (builder, expected) in [
        (id(""), ConfigErrorKind::ClientId),
        (id("a/b"), ConfigErrorKind::ClientId),
        (id(".."), ConfigErrorKind::ClientId),
        (secret(""), ConfigErrorKind::ClientSecret),
        (secret("a\nb"), ConfigErrorKind::ClientSecret),
        (builder().with_provider(""), ConfigErrorKind::Provider),
        (
            builder().with_provider("Git Hub"),
            ConfigErrorKind::Provider,
        ),
        (builder().with_issuer(""), ConfigErrorKind::Issuer),
        (builder().with_issuer("a b"), ConfigErrorKind::Issuer),
        (builder().add_scope("a b"), ConfigErrorKind::Scope),
        (builder().add_scope("a,b"), ConfigErrorKind::Scope),
        (builder().add_scope(""), ConfigErrorKind::Scope),
        (builder().add_allowed_org("a/b"), ConfigErrorKind::Team),
        (builder().add_allowed_team("a", ".."), ConfigErrorKind::Team),
        (
            builder().with_login_page("//evil.example"),
            ConfigErrorKind::Page,
        ),
        (
            builder().with_default_return_to("portal"),
            ConfigErrorKind::Page,
        ),
        (
            builder().add_return_origin("https://a.example/"),
            ConfigErrorKind::ReturnOrigin,
        ),
        (
            builder().add_return_origin("a.example"),
            ConfigErrorKind::ReturnOrigin,
        ),
        (builder().with_user_agent(""), ConfigErrorKind::UserAgent),
        (
            builder().with_user_agent("a\r\nb"),
            ConfigErrorKind::UserAgent,
        ),
        (
            builder().with_api_version("latest"),
            ConfigErrorKind::ApiVersion,
        ),
    ] {
        assert_eq!(kind(builder), Some(expected));
    }
}

#[test]
fn scopes_default_to_none_and_follow_what_is_wanted() {
    let scopes = |builder: GithubConfigBuilder| {
        let config = builder.build().unwrap();
        config
            .scopes()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert!(scopes(builder()).is_empty());
    assert_eq!(scopes(builder().with_email()), ["user:email"]);
    assert_eq!(scopes(builder().add_allowed_team("a", "b")), ["read:org"]);
    let all = builder()
        .with_email()
        .with_verified_email_required()
        .add_scope("user:email");
    assert_eq!(scopes(all), ["user:email"]);
}
