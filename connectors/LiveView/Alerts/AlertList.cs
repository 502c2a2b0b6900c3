using StreamDeploy.Connectors.LiveView.Changes;
using StreamDeploy.Connectors.LiveView.Directory;
using StreamDeploy.Connectors.LiveView.Tail;

namespace StreamDeploy.Connectors.LiveView.Alerts;

/// <summary>An alert in the list. Equal ones look the same: both parts are replaced when they change.</summary>
/// <param name="Alert">What it is.</param>
/// <param name="Entries">The names of teams and sources.</param>
public sealed record AlertRow(AlertTrail Alert, Entries Entries);

/// <summary>The page of alerts.</summary>
/// <param name="Filter">By the address.</param>
/// <param name="Rows">The newest first.</param>
/// <param name="Total">How many match, of which the rows are the newest.</param>
/// <param name="Services">For the filter.</param>
/// <param name="Entries">The account's tables.</param>
/// <param name="Position">Up to which it is; what comes after it, the browser is told.</param>
/// <param name="Note">What keeps it from being whole; null for nothing.</param>
public sealed record AlertsModel(AlertFilter Filter, IReadOnlyList<AlertRow> Rows, int Total, IReadOnlyList<string> Services, Entries Entries, Position Position, string? Note);
