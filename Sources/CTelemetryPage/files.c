// The files of the page, embedded. The compiler notes each as a dependency, so a change of one has this file compiled again.
//
// A new file in Sources/TelemetryPage/Web needs its three lines and its entry in the table below; a test of TelemetryPage
// says so when they are missing.

#include "CTelemetryPage.h"

#ifndef __has_embed
#error "Embedding the page needs the clang of Swift 6.2 or later"
#endif

static const unsigned char alarms_css[] = {
#embed "../TelemetryPage/Web/alarms.css"
};
static const unsigned char app_js[] = {
#embed "../TelemetryPage/Web/app.js"
};
static const unsigned char events_css[] = {
#embed "../TelemetryPage/Web/events.css"
};
static const unsigned char icon_svg[] = {
#embed "../TelemetryPage/Web/icon.svg"
};
static const unsigned char index_html[] = {
#embed "../TelemetryPage/Web/index.html"
};
static const unsigned char plots_css[] = {
#embed "../TelemetryPage/Web/plots.css"
};
static const unsigned char style_css[] = {
#embed "../TelemetryPage/Web/style.css"
};
static const unsigned char theme_js[] = {
#embed "../TelemetryPage/Web/theme.js"
};
static const unsigned char core_alarms_js[] = {
#embed "../TelemetryPage/Web/core/alarms.js"
};
static const unsigned char core_api_js[] = {
#embed "../TelemetryPage/Web/core/api.js"
};
static const unsigned char core_clock_js[] = {
#embed "../TelemetryPage/Web/core/clock.js"
};
static const unsigned char core_current_js[] = {
#embed "../TelemetryPage/Web/core/current.js"
};
static const unsigned char core_dialogs_js[] = {
#embed "../TelemetryPage/Web/core/dialogs.js"
};
static const unsigned char core_dom_js[] = {
#embed "../TelemetryPage/Web/core/dom.js"
};
static const unsigned char core_fields_js[] = {
#embed "../TelemetryPage/Web/core/fields.js"
};
static const unsigned char core_format_js[] = {
#embed "../TelemetryPage/Web/core/format.js"
};
static const unsigned char core_frames_js[] = {
#embed "../TelemetryPage/Web/core/frames.js"
};
static const unsigned char core_header_js[] = {
#embed "../TelemetryPage/Web/core/header.js"
};
static const unsigned char core_keys_js[] = {
#embed "../TelemetryPage/Web/core/keys.js"
};
static const unsigned char core_limits_js[] = {
#embed "../TelemetryPage/Web/core/limits.js"
};
static const unsigned char core_live_js[] = {
#embed "../TelemetryPage/Web/core/live.js"
};
static const unsigned char core_recorder_js[] = {
#embed "../TelemetryPage/Web/core/recorder.js"
};
static const unsigned char core_router_js[] = {
#embed "../TelemetryPage/Web/core/router.js"
};
static const unsigned char core_server_js[] = {
#embed "../TelemetryPage/Web/core/server.js"
};
static const unsigned char core_settings_js[] = {
#embed "../TelemetryPage/Web/core/settings.js"
};
static const unsigned char core_sound_js[] = {
#embed "../TelemetryPage/Web/core/sound.js"
};
static const unsigned char core_states_js[] = {
#embed "../TelemetryPage/Web/core/states.js"
};
static const unsigned char core_stream_js[] = {
#embed "../TelemetryPage/Web/core/stream.js"
};
static const unsigned char core_verdict_js[] = {
#embed "../TelemetryPage/Web/core/verdict.js"
};
static const unsigned char views_acknowledge_js[] = {
#embed "../TelemetryPage/Web/views/acknowledge.js"
};
static const unsigned char views_alarmcard_js[] = {
#embed "../TelemetryPage/Web/views/alarmcard.js"
};
static const unsigned char views_alarms_js[] = {
#embed "../TelemetryPage/Web/views/alarms.js"
};
static const unsigned char views_alarmspans_js[] = {
#embed "../TelemetryPage/Web/views/alarmspans.js"
};
static const unsigned char views_board_js[] = {
#embed "../TelemetryPage/Web/views/board.js"
};
static const unsigned char views_card_js[] = {
#embed "../TelemetryPage/Web/views/card.js"
};
static const unsigned char views_colours_js[] = {
#embed "../TelemetryPage/Web/views/colours.js"
};
static const unsigned char views_controls_js[] = {
#embed "../TelemetryPage/Web/views/controls.js"
};
static const unsigned char views_download_js[] = {
#embed "../TelemetryPage/Web/views/download.js"
};
static const unsigned char views_eventcoming_js[] = {
#embed "../TelemetryPage/Web/views/eventcoming.js"
};
static const unsigned char views_eventdownload_js[] = {
#embed "../TelemetryPage/Web/views/eventdownload.js"
};
static const unsigned char views_eventlog_js[] = {
#embed "../TelemetryPage/Web/views/eventlog.js"
};
static const unsigned char views_eventpages_js[] = {
#embed "../TelemetryPage/Web/views/eventpages.js"
};
static const unsigned char views_eventrow_js[] = {
#embed "../TelemetryPage/Web/views/eventrow.js"
};
static const unsigned char views_events_js[] = {
#embed "../TelemetryPage/Web/views/events.js"
};
static const unsigned char views_fields_js[] = {
#embed "../TelemetryPage/Web/views/fields.js"
};
static const unsigned char views_gestures_js[] = {
#embed "../TelemetryPage/Web/views/gestures.js"
};
static const unsigned char views_history_js[] = {
#embed "../TelemetryPage/Web/views/history.js"
};
static const unsigned char views_keys_js[] = {
#embed "../TelemetryPage/Web/views/keys.js"
};
static const unsigned char views_lane_js[] = {
#embed "../TelemetryPage/Web/views/lane.js"
};
static const unsigned char views_laneview_js[] = {
#embed "../TelemetryPage/Web/views/laneview.js"
};
static const unsigned char views_limitwords_js[] = {
#embed "../TelemetryPage/Web/views/limitwords.js"
};
static const unsigned char views_now_js[] = {
#embed "../TelemetryPage/Web/views/now.js"
};
static const unsigned char views_overview_js[] = {
#embed "../TelemetryPage/Web/views/overview.js"
};
static const unsigned char views_panel_js[] = {
#embed "../TelemetryPage/Web/views/panel.js"
};
static const unsigned char views_parts_js[] = {
#embed "../TelemetryPage/Web/views/parts.js"
};
static const unsigned char views_plot_js[] = {
#embed "../TelemetryPage/Web/views/plot.js"
};
static const unsigned char views_record_js[] = {
#embed "../TelemetryPage/Web/views/record.js"
};
static const unsigned char views_run_js[] = {
#embed "../TelemetryPage/Web/views/run.js"
};
static const unsigned char views_runcontrol_js[] = {
#embed "../TelemetryPage/Web/views/runcontrol.js"
};
static const unsigned char views_runs_js[] = {
#embed "../TelemetryPage/Web/views/runs.js"
};
static const unsigned char views_shades_js[] = {
#embed "../TelemetryPage/Web/views/shades.js"
};
static const unsigned char views_span_js[] = {
#embed "../TelemetryPage/Web/views/span.js"
};
static const unsigned char views_sparkline_js[] = {
#embed "../TelemetryPage/Web/views/sparkline.js"
};
static const unsigned char views_tables_js[] = {
#embed "../TelemetryPage/Web/views/tables.js"
};
static const unsigned char views_ticks_js[] = {
#embed "../TelemetryPage/Web/views/ticks.js"
};
static const unsigned char views_timeline_js[] = {
#embed "../TelemetryPage/Web/views/timeline.js"
};
static const unsigned char views_traces_js[] = {
#embed "../TelemetryPage/Web/views/traces.js"
};
static const unsigned char views_type_js[] = {
#embed "../TelemetryPage/Web/views/type.js"
};
static const unsigned char views_watched_js[] = {
#embed "../TelemetryPage/Web/views/watched.js"
};
static const unsigned char views_zoned_js[] = {
#embed "../TelemetryPage/Web/views/zoned.js"
};


#define FILE(name, bytes) {name, bytes, sizeof bytes}

static const ctelemetrypage_file files[] = {
    FILE("alarms.css", alarms_css),
    FILE("app.js", app_js),
    FILE("events.css", events_css),
    FILE("icon.svg", icon_svg),
    FILE("index.html", index_html),
    FILE("plots.css", plots_css),
    FILE("style.css", style_css),
    FILE("theme.js", theme_js),
    FILE("core/alarms.js", core_alarms_js),
    FILE("core/api.js", core_api_js),
    FILE("core/clock.js", core_clock_js),
    FILE("core/current.js", core_current_js),
    FILE("core/dialogs.js", core_dialogs_js),
    FILE("core/dom.js", core_dom_js),
    FILE("core/fields.js", core_fields_js),
    FILE("core/format.js", core_format_js),
    FILE("core/frames.js", core_frames_js),
    FILE("core/header.js", core_header_js),
    FILE("core/keys.js", core_keys_js),
    FILE("core/limits.js", core_limits_js),
    FILE("core/live.js", core_live_js),
    FILE("core/recorder.js", core_recorder_js),
    FILE("core/router.js", core_router_js),
    FILE("core/server.js", core_server_js),
    FILE("core/settings.js", core_settings_js),
    FILE("core/sound.js", core_sound_js),
    FILE("core/states.js", core_states_js),
    FILE("core/stream.js", core_stream_js),
    FILE("core/verdict.js", core_verdict_js),
    FILE("views/acknowledge.js", views_acknowledge_js),
    FILE("views/alarmcard.js", views_alarmcard_js),
    FILE("views/alarms.js", views_alarms_js),
    FILE("views/alarmspans.js", views_alarmspans_js),
    FILE("views/board.js", views_board_js),
    FILE("views/card.js", views_card_js),
    FILE("views/colours.js", views_colours_js),
    FILE("views/controls.js", views_controls_js),
    FILE("views/download.js", views_download_js),
    FILE("views/eventcoming.js", views_eventcoming_js),
    FILE("views/eventdownload.js", views_eventdownload_js),
    FILE("views/eventlog.js", views_eventlog_js),
    FILE("views/eventpages.js", views_eventpages_js),
    FILE("views/eventrow.js", views_eventrow_js),
    FILE("views/events.js", views_events_js),
    FILE("views/fields.js", views_fields_js),
    FILE("views/gestures.js", views_gestures_js),
    FILE("views/history.js", views_history_js),
    FILE("views/keys.js", views_keys_js),
    FILE("views/lane.js", views_lane_js),
    FILE("views/laneview.js", views_laneview_js),
    FILE("views/limitwords.js", views_limitwords_js),
    FILE("views/now.js", views_now_js),
    FILE("views/overview.js", views_overview_js),
    FILE("views/panel.js", views_panel_js),
    FILE("views/parts.js", views_parts_js),
    FILE("views/plot.js", views_plot_js),
    FILE("views/record.js", views_record_js),
    FILE("views/run.js", views_run_js),
    FILE("views/runcontrol.js", views_runcontrol_js),
    FILE("views/runs.js", views_runs_js),
    FILE("views/shades.js", views_shades_js),
    FILE("views/span.js", views_span_js),
    FILE("views/sparkline.js", views_sparkline_js),
    FILE("views/tables.js", views_tables_js),
    FILE("views/ticks.js", views_ticks_js),
    FILE("views/timeline.js", views_timeline_js),
    FILE("views/traces.js", views_traces_js),
    FILE("views/type.js", views_type_js),
    FILE("views/watched.js", views_watched_js),
    FILE("views/zoned.js", views_zoned_js),
};

const ctelemetrypage_file *ctelemetrypage_files(size_t *count) {
    *count = sizeof files / sizeof *files;
    return files;
}
