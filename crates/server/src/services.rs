//! `/api/v1/services`: what a villager can report.

use axum::Json;
use participation::{Service, services};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

/// The routes of this module.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list))
}

/// The catalogue.
#[derive(Debug, Serialize, ToSchema)]
struct Services {
    /// In the order of the form.
    services: Vec<ServiceBody>,
}

/// One category, in the words of Open311 (`service_code`, `group`, `keywords`).
#[derive(Debug, Serialize, ToSchema)]
struct ServiceBody {
    #[schema(example = "road")]
    service_code: &'static str,
    group: &'static str,
    #[schema(example = "道路与滑坡")]
    name_zh: &'static str,
    name_en: &'static str,
    description_zh: &'static str,
    description_en: &'static str,
    /// Symbol in the icon sheet.
    icon: &'static str,
    keywords: &'static [String],
}

impl From<&'static Service> for ServiceBody {
    fn from(service: &'static Service) -> Self {
        Self {
            service_code: &service.service_code,
            group: &service.group,
            name_zh: &service.name_zh,
            name_en: &service.name_en,
            description_zh: &service.description_zh,
            description_en: &service.description_en,
            icon: &service.icon,
            keywords: &service.keywords,
        }
    }
}

/// The categories of reports.
#[utoipa::path(get, path = "/api/v1/services", operation_id = "list_services", tag = "reports", responses(
    (status = 200, description = "The catalogue", body = Services),
))]
async fn list() -> Json<Services> {
    Json(Services {
        services: services().iter().map(ServiceBody::from).collect(),
    })
}
