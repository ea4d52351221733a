use std::net::{IpAddr, Ipv6Addr};

/// Whether `host`, with or without a port, is this machine and cannot be another (RFC 6761 §6.3,
/// RFC 1122 §3.2.1.3, RFC 4291 §2.5.3).
///
/// `0.0.0.0` and `[::]` are all addresses of this machine, the outer ones too, so they are not.
pub(super) fn is_loopback(host: &str) -> bool {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return ip.is_loopback();
    }
    let host = without_port(host);
    match host.strip_prefix('[').and_then(|ip| ip.strip_suffix(']')) {
        Some(ip) => ip.parse().is_ok_and(|ip: Ipv6Addr| ip.is_loopback()),
        None => is_local_name(host) || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() => name,
        _ => host,
    }
}

fn is_local_name(host: &str) -> bool {
    let mut labels = host.rsplit('.');
    labels
        .next()
        .is_some_and(|last| last.eq_ignore_ascii_case("localhost"))
        && labels.all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s32_this_machine_by_whatever_name_is_loopback() {
        for host in [
            "localhost",
            "localhost:3000",
            "LocalHost",
            "app.localhost",
            "a.b.localhost:80",
            "127.0.0.1",
            "127.255.0.9:8080",
            "::1",
            "[::1]",
            "[::1]:3000",
        ] {
            assert!(is_loopback(host), "{host}");
        }
    }

    #[test]
    fn s32_whatever_might_be_another_machine_is_not_loopback() {
        for host in [
            "",
            ":80",
            "example.com",
            "localhost.example.com",
            "notlocalhost",
            ".localhost",
            "a..localhost",
            "evil.com/.localhost",
            "user@localhost",
            "localhost.",
            "localhost:http",
            "localhost:80:80",
            "0.0.0.0",
            "0.0.0.0:3000",
            "[::]",
            "::",
            "[::2]:80",
            "[127.0.0.1]",
            "127.1",
            "2130706433",
            "126.0.0.1",
            "128.0.0.1",
            "192.168.0.1",
            "10.0.0.1:80",
            "::ffff:127.0.0.1",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
