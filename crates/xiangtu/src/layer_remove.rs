//! `xiangtu layer remove`: layers taken away.

use store::{Scope, Viewer, layer};

use crate::failure::Failure;
use crate::office::Office;
use crate::terminal::say;

/// Removes all of them, or none where one is unknown.
pub fn run(office: &Office, ids: &[String]) -> Result<(), Failure> {
    office.runtime.block_on(async {
        let everything = Viewer::SignedIn(Scope::Everything);
        let mut found = Vec::new();
        for id in ids {
            let layer = layer::by_id(&office.store, &everything, id).await?;
            found.push(layer.ok_or_else(|| unknown(id))?);
        }
        for layer in found {
            layer::delete(&office.store, &layer.id).await?;
            say(format_args!(
                "已删除 Removed {} {}",
                layer.id, layer.title_zh
            ));
        }
        Ok(())
    })
}

fn unknown(id: &str) -> Failure {
    Failure::words(format!(
        "没有图层 {id},什么都没有删除;可用 `xiangtu list layers` 查看。 there is no layer {id}, and nothing was \
         removed: `xiangtu list layers` names them"
    ))
}
