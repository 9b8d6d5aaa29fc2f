//! Searching items, page after page.

use chrono::NaiveDate;
use reqwest::{Method, StatusCode, Url};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::item::{self, StacLook};
use super::{StacClient, StacError, shown};

/// Items a page.
const PAGE: usize = 100;
/// The longest answer that is taken.
const LONGEST: usize = 64 << 20;

/// What to look for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// The API's landing page.
    pub api: String,
    /// Collections; all where empty.
    #[serde(default)]
    pub collections: Vec<String>,
    /// West, south, east, north in degrees.
    #[serde(default)]
    pub bounds: Option<[f64; 4]>,
    /// The first day.
    #[serde(default)]
    pub from: Option<NaiveDate>,
    /// The last day.
    #[serde(default)]
    pub to: Option<NaiveDate>,
    /// The largest share under cloud, 0 to 1; items that do not say are taken.
    #[serde(default)]
    pub cloud_below: Option<f64>,
    /// The most items.
    #[serde(default = "most")]
    pub most: usize,
}

fn most() -> usize {
    1000
}

impl Search {
    fn interval(&self) -> Option<String> {
        let side = |day: Option<NaiveDate>, time: &str| {
            day.map_or_else(|| "..".to_owned(), |day| format!("{day}T{time}Z"))
        };
        let any = self.from.is_some() || self.to.is_some();
        any.then(|| {
            format!(
                "{}/{}",
                side(self.from, "00:00:00"),
                side(self.to, "23:59:59")
            )
        })
    }

    fn body(&self) -> Map<String, Value> {
        let mut body = Map::new();
        body.insert("limit".to_owned(), json!(PAGE.min(self.most.max(1))));
        if !self.collections.is_empty() {
            body.insert("collections".to_owned(), json!(self.collections));
        }
        if let Some(bounds) = self.bounds {
            body.insert("bbox".to_owned(), json!(bounds));
        }
        if let Some(interval) = self.interval() {
            body.insert("datetime".to_owned(), json!(interval));
        }
        body
    }

    /// The same as a query, for servers without POST.
    fn query(&self, mut url: Url) -> Url {
        for (key, value) in self.body() {
            let text = match value {
                Value::String(text) => text,
                Value::Array(all) => {
                    let words = all
                        .iter()
                        .map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned));
                    words.collect::<Vec<_>>().join(",")
                }
                other => other.to_string(),
            };
            url.query_pairs_mut().append_pair(&key, &text);
        }
        url
    }

    fn takes(&self, look: &StacLook) -> bool {
        let clear = |most: f64| look.cloud_share.is_none_or(|share| share <= most);
        self.cloud_below.is_none_or(clear)
    }
}

/// One page to ask for.
#[derive(Debug, Clone, PartialEq)]
struct Page {
    method: Method,
    url: Url,
    body: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Answer {
    features: Vec<Value>,
    #[serde(default)]
    links: Vec<Link>,
}

#[derive(Deserialize)]
struct Link {
    rel: String,
    href: String,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    body: Option<Map<String, Value>>,
    #[serde(default)]
    merge: bool,
}

impl StacClient {
    /// The scenes that fit, by date and id. Items without an image of a known band are left out.
    ///
    /// # Errors
    /// When the host is not allowed, the server fails or does not speak STAC, or more than
    /// [`Search::most`] scenes fit.
    pub async fn search(&self, search: &Search) -> Result<Vec<StacLook>, StacError> {
        // An address that is only a host has a slash at its end, whether it was written or not.
        let api = self.allowed(&search.api, None)?;
        let address = format!("{}/search", api.as_str().trim_end_matches('/'));
        let address = self.allowed(&address, None)?;
        let mut page = Some(Page {
            method: Method::POST,
            url: address.clone(),
            body: Some(search.body()),
        });
        let mut looks = Vec::new();
        let mut items = 0;
        while let Some(this) = page {
            let (this, answer) = self.page(this, &address, search).await?;
            items += answer.features.len();
            for feature in &answer.features {
                looks.extend(item::look(feature, &this.url).filter(|look| search.takes(look)));
            }
            // Pages without items end it, whatever they say comes next.
            page = if answer.features.is_empty() {
                None
            } else {
                self.next(&this, answer.links)?
            };
            let endless = page.as_ref() == Some(&this) || items > 100 * search.most;
            if looks.len() > search.most || endless {
                return Err(StacError::TooMany {
                    url: shown(&address),
                    most: search.most,
                });
            }
        }
        looks.sort_by(|one, two| (one.datetime, &one.id).cmp(&(two.datetime, &two.id)));
        Ok(looks)
    }

    /// A page; one that cannot be posted for is got.
    async fn page(
        &self,
        page: Page,
        first: &Url,
        search: &Search,
    ) -> Result<(Page, Answer), StacError> {
        match self.ask(&page).await {
            Err(StacError::Status { status, .. })
                if page.method == Method::POST
                    && page.url == *first
                    && matches!(status, 404 | 405 | 501) =>
            {
                let page = Page {
                    method: Method::GET,
                    url: search.query(first.clone()),
                    body: None,
                };
                let answer = self.ask(&page).await?;
                Ok((page, answer))
            }
            answer => Ok((page, answer?)),
        }
    }

    async fn ask(&self, page: &Page) -> Result<Answer, StacError> {
        let failed = |source| StacError::Http {
            url: shown(&page.url),
            source,
        };
        let mut request = self.http.request(page.method.clone(), page.url.clone());
        if let Some(body) = &page.body {
            request = request.json(body);
        }
        let accepted = "application/geo+json, application/json";
        let mut response = request
            .header("accept", accepted)
            .send()
            .await
            .map_err(failed)?;
        let status = response.status();
        let mut bytes = Vec::new();
        while let Some(part) = response.chunk().await.map_err(failed)? {
            if bytes.len() + part.len() > LONGEST {
                return Err(StacError::Answer {
                    url: shown(&page.url),
                    why: format!("it is longer than {} MB", LONGEST >> 20),
                });
            }
            bytes.extend_from_slice(&part);
        }
        if status != StatusCode::OK {
            let answer = String::from_utf8_lossy(&bytes);
            return Err(StacError::Status {
                url: shown(&page.url),
                status: status.as_u16(),
                answer: answer.chars().take(300).collect(),
            });
        }
        serde_json::from_slice(&bytes).map_err(|error| StacError::Answer {
            url: shown(&page.url),
            why: error.to_string(),
        })
    }

    /// The page that a page's links name as next: by its own method, its body alone or merged into
    /// the one before (STAC API, item search, paging).
    fn next(&self, page: &Page, links: Vec<Link>) -> Result<Option<Page>, StacError> {
        let Some(link) = links.into_iter().find(|link| link.rel == "next") else {
            return Ok(None);
        };
        let url = self.allowed(&link.href, Some(&page.url))?;
        let post = link
            .method
            .is_some_and(|method| method.eq_ignore_ascii_case("post"));
        if !post {
            return Ok(Some(Page {
                method: Method::GET,
                url,
                body: None,
            }));
        }
        let mut body = if link.merge {
            page.body.clone().unwrap_or_default()
        } else {
            Map::new()
        };
        body.extend(link.body.unwrap_or_default());
        Ok(Some(Page {
            method: Method::POST,
            url,
            body: Some(body),
        }))
    }
}
