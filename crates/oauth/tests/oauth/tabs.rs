use crate::support::*;

/// What one of two tabs does next.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Start(usize),
    Callback(usize),
}

/// All orders of two tabs in which each starts before it is called back.
fn orders() -> Vec<Vec<Step>> {
    let mut orders = Vec::new();
    extend(Vec::new(), &mut orders);
    orders
}

fn extend(order: Vec<Step>, orders: &mut Vec<Vec<Step>>) {
    if order.len() == 4 {
        orders.push(order);
        return;
    }
    for tab in 0..2 {
        let next = match (
            order.contains(&Step::Start(tab)),
            order.contains(&Step::Callback(tab)),
        ) {
            (false, _) => Step::Start(tab),
            (true, false) => Step::Callback(tab),
            (true, true) => continue,
        };
        extend([order.clone(), vec![next]].concat(), orders);
    }
}

#[tokio::test]
async fn o23_two_tabs_both_end_on_their_own_page_in_any_order() {
    let pages = ["/tab/a", "/tab/b"];
    let orders = orders();
    assert_eq!(orders.len(), 6);
    for order in orders {
        let setup = setup();
        let nodes = [setup.sign_in.clone(), setup.another(builder())];
        let mut browser = Browser::default();
        let mut states = [String::new(), String::new()];
        for step in &order {
            match *step {
                Step::Start(tab) => states[tab] = browser.begin(&nodes[tab], Some(pages[tab])),
                Step::Callback(tab) => {
                    let node = &nodes[1 - tab];
                    let outcome = browser.finish(node, &code_query(&states[tab]), None).await;
                    let done = completed(outcome);
                    assert_eq!(done.return_to.as_str(), pages[tab], "{order:?}");
                    browser.obey(&done.clear_cookies);
                }
            }
        }
        assert!(browser.cookies.is_empty(), "{order:?}");
        assert_eq!(setup.github.count(TOKEN_PATH), 2);
    }
}

#[tokio::test]
async fn o24_the_second_tab_as_another_account_is_that_account() {
    let setup = setup();
    let mut browser = Browser::default();
    let states = [0, 1].map(|_| browser.begin(&setup.sign_in, None));
    for (state, id) in states.iter().zip([1, 2]) {
        setup.github.next(
            "/user",
            Reply::json(&format!(r#"{{"id":{id},"login":"a"}}"#)),
        );
        let done = completed(
            browser
                .finish(&setup.sign_in, &code_query(state), None)
                .await,
        );
        assert_eq!(done.identity.id(), id);
    }
}
