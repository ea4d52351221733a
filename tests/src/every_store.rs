/// Makes a test of each function on each store; a function takes the store's kind.
#[macro_export]
macro_rules! on_every_store {
    ($($name:ident),+ $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::StoreKind::Memory).await;
            })+
        }

        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::StoreKind::Sqlite).await;
            })+
        }
    };
}
