use std::time::Duration;

use portcullis_core::{Authentication, Level, Method};
use portcullis_session::{Remember, Session, SessionError};

use super::scene::{CART, COUNT, START, THEME, login};

/// What one request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Looks who it is.
    Read,
    /// Looks, and sets the theme.
    Write,
    /// Looks, and puts something into the cart.
    Fill,
    /// Looks, and sets the count to this.
    Count(u32),
    /// Sets the count to this, and wants to know of others who did.
    Strictly(u32),
    /// Sets the theme, and then the count, in writes of their own.
    WriteTwice,
    /// Looks, and takes the theme away.
    Unset,
    /// Gets a new token.
    Rotate,
    /// Authenticates again, more strongly.
    StepUp,
    /// Is remembered for another time.
    Remember,
    /// Writes, gets a new token and writes again.
    Everything,
    /// Signs this user in.
    LogIn(&'static str),
    /// Signs this user in, and keeps the cart.
    LogInKeeping(&'static str),
    /// Signs out.
    LogOut,
    /// Ends all sessions of the user.
    RevokeAll,
    /// Ends all other sessions of the user.
    RevokeOthers,
}

impl Deed {
    pub(crate) fn says(self) -> String {
        format!("{self:?}")
    }

    pub(crate) async fn act(self, session: &Session, name: &str) -> Result<(), SessionError> {
        match self {
            Self::Read => {}
            Self::Write => session.set_value(THEME, &"dark".to_owned())?,
            Self::Fill => session.set_value(CART, &vec!["book".to_owned()])?,
            Self::Count(to) | Self::Strictly(to) => session.set_value(COUNT, &to)?,
            Self::WriteTwice => {
                session.set_value(THEME, &"dark".to_owned())?;
                session.commit().await?;
                session.set_value(COUNT, &2)?;
            }
            Self::Unset => session.remove_value(THEME)?,
            Self::Rotate => session.rotate().await?,
            Self::StepUp => session.authenticate_again(stronger()).await?,
            Self::Remember => session.set_remember(week()).await?,
            Self::Everything => {
                session.set_value(COUNT, &1)?;
                session.commit().await?;
                session.rotate().await?;
                session.set_value(COUNT, &2)?;
            }
            Self::LogIn(user) => session.log_in(login(&user_of(name, user))).await?,
            Self::LogInKeeping(user) => {
                let login = login(&user_of(name, user)).keeping(CART);
                session.log_in(login).await?;
            }
            Self::LogOut => session.log_out().await?,
            Self::RevokeAll => drop(session.revoke_all().await?),
            Self::RevokeOthers => drop(session.revoke_others().await?),
        }
        Ok(())
    }

    /// Whether its handler looks who it is first.
    pub(crate) const fn looks(self) -> bool {
        !matches!(
            self,
            Self::LogOut | Self::LogIn(_) | Self::LogInKeeping(_) | Self::Rotate
        )
    }
}

/// The user of this scene, where there are scenes.
fn user_of(scene: &str, user: &str) -> String {
    match scene {
        "" => user.to_owned(),
        scene => format!("{user}-{scene}"),
    }
}

fn week() -> Remember {
    Remember::For(Duration::from_secs(7 * 86_400))
}

pub(super) fn stronger() -> Authentication {
    let (at, level) = (START, Level::Multi);
    let method = Method::new("otp").unwrap();
    Authentication { at, method, level }
}
