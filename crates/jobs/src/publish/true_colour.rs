//! The picture a camera would have taken.

use std::io::BufWriter;

use raster::{
    product::Role,
    style::Style,
    visual::{self, Visual, VisualError, VisualOptions},
};
use serde_json::json;
use store::layer::Kind;

use super::{Publication, Published, layer, scene};
use crate::{
    Error, Result, SceneBand, Stage, Workshop,
    kept::Kept,
    scene_band::{self, CloudBand},
};

const WHAT: &str = "a true-colour picture";

impl Workshop {
    /// Publishes the scene's red, green and blue as a layer of pictures; the same date again
    /// replaces the picture.
    ///
    /// # Errors
    /// When the scene is unknown or lacks one of the bands, or the layer is of another kind.
    pub async fn publish_true_colour(&self, publication: Publication) -> Result<Published> {
        let (scene, bands) = scene(self, &publication.scene).await?;
        let colours = [Role::Red, Role::Green, Role::Blue]
            .map(|role| scene_band::band(&bands, &role, &scene.id, WHAT).cloned());
        let [red, green, blue] = colours;
        let colours = [red?, green?, blue?];
        let draft = layer::Draft {
            kind: Kind::Visual,
            slug: "true-colour".to_owned(),
            title_zh: "真彩色影像".to_owned(),
            title_en: "True colour".to_owned(),
            style: Style::none(),
        };
        let origin = layer::Origin::from(&scene);
        let target = layer::prepare(self, &draft, &publication, &origin).await?;
        self.progress.stage(&Stage::Picture);
        let objects: Vec<String> = colours.iter().map(|band| band.object.clone()).collect();
        let (id, all) = (scene.id.clone(), bands.clone());
        let (kept, object, visual) = self
            .blocking(move |shop| picture(shop, &id, &colours, &all))
            .await?;
        let image = layer::Image {
            shown: layer::Shown::Stored(object),
            bounds: layer::bounds_of(&bands),
            min_zoom: visual.min_zoom,
            max_zoom: visual.max_zoom,
            lineage: json!({
                "operation": "true_colour",
                "inputs": objects,
                "stretch": visual.stretch.map(|(black, white)| [black, white]),
                "software": concat!("xiangtu ", env!("CARGO_PKG_VERSION")),
            }),
            georeference: visual.georeference,
        };
        layer::record(self, target, origin, image, kept).await
    }
}

fn picture(
    workshop: &Workshop,
    scene: &str,
    colours: &[SceneBand; 3],
    bands: &[SceneBand],
) -> Result<(Kept, objects::ObjectName, Visual)> {
    let failed = |source: VisualError| Error::Visual {
        scene: scene.to_owned(),
        source,
    };
    let [red, green, blue] = colours.each_ref().map(|band| band.open(&workshop.objects));
    let (red, green, blue) = (red?, green?, blue?);
    let mask = CloudBand::open(bands, &workshop.objects)?;
    let clouds = mask.as_ref().map(CloudBand::clouds);
    let mut object = workshop.objects.create("tif")?;
    let mut out = BufWriter::new(&mut object);
    let scratch = workshop.objects.scratch();
    let options = VisualOptions::default();
    let visual = visual::true_colour([&red, &green, &blue], clouds, &options, scratch, &mut out)
        .map_err(failed)?;
    layer::flush(out, "the picture")?;
    let mut kept = Kept::new(&workshop.objects);
    let name = kept.finish(object)?;
    Ok((kept, name, visual))
}
