//! The pages of the villagers: server-rendered, usable without JavaScript.
