//! Outputs of the program: the images that layers, pictures and tables are made of.

use raster::pipeline::Output;
use raster::visual;

use super::Compiler;
use crate::plan::series::{Entry, Series, StepBand};
use crate::plan::{Image, PictureImage, stored};

/// WebP quality of pictures: looks like the original.
const QUALITY: f32 = 80.0;

impl Compiler<'_> {
    /// An image of some bands of one entry; the one there is, if somebody wanted the same before. A
    /// layer's images are its own.
    pub fn image(&mut self, entry: &Entry, bands: &[&StepBand], layer: Option<&str>) -> usize {
        let names: Vec<String> = bands.iter().map(|band| band.name.clone()).collect();
        let same = |output: &Output| output.of == entry.of && output.bands == names;
        let known = self.program.outputs.iter().position(same);
        if let Some(known) = known
            && (layer.is_none() || self.images[known].layer.is_none())
        {
            let image = &mut self.images[known];
            if let Some(layer) = layer {
                image.layer = Some(layer.to_owned());
            }
            return known;
        }
        self.program.outputs.push(Output {
            name: format!("{}-{}", entry.of, self.images.len()),
            of: entry.of.clone(),
            bands: names,
            options: stored::options(&self.grid, bands),
        });
        self.images.push(Image {
            date: entry.date,
            layer: layer.map(str::to_owned),
            scenes: entry.scenes.iter().cloned().collect(),
        });
        self.images.len() - 1
    }

    /// An image for each entry of a series.
    pub fn images_of(
        &mut self,
        series: &Series,
        bands: &[&StepBand],
        layer: Option<&str>,
    ) -> Vec<usize> {
        let entries = series.entries.iter();
        entries
            .map(|entry| self.image(entry, bands, layer))
            .collect()
    }

    /// A picture of an image, for the map.
    pub fn picture(&mut self, image: usize, layer: &str) {
        let (georeference, halvings) = visual::web_grid(&self.grid);
        let options = raster::cog::CogOptions {
            overview_count: Some(halvings),
            ..raster::cog::CogOptions::picture(georeference, QUALITY)
        };
        self.pictures.push(PictureImage {
            image,
            layer: layer.to_owned(),
            options,
        });
    }
}
