//! Codes and tokens from the operating system's generator.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Makes `length` characters of `0-9A-Za-z`, each equally likely.
pub(super) fn alphanumeric(length: usize) -> String {
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let index = usize::from(byte());
        // 248 is the greatest multiple of 62 in a byte: above it, some would be likelier.
        if index < 248
            && let Some(character) = ALPHABET.get(index % 62)
        {
            text.push(char::from(*character));
        }
    }
    text
}

/// Makes the 20 hexadecimal digits of an authorization code.
pub(super) fn code() -> String {
    (0..10).map(|_| format!("{:02x}", byte())).collect()
}

fn byte() -> u8 {
    let mut buffer = [0_u8; 1];
    getrandom::fill(&mut buffer).expect("the operating system has a random generator");
    buffer[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_the_length_and_alphabet_asked_for() {
        let text = alphanumeric(36);
        assert_eq!(text.len(), 36);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert_ne!(text, alphanumeric(36));
    }

    #[test]
    fn code_is_twenty_hexadecimal_digits() {
        let code = code();
        assert_eq!(code.len(), 20);
        assert!(code.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
