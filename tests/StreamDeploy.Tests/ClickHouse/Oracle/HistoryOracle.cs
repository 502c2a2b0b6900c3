using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.ClickHouse.Oracle;

/// <summary>What every table and view of the history has to say of given records; written from the comments of the views, without SQL.</summary>
public static class HistoryOracle
{
    public static IReadOnlyList<OracleView> Views { get; } =
    [
        new("deployment_events", RawTables.DeploymentEvents) { Final = true },
        new("alert_events", RawTables.AlertEvents) { Final = true },
        new("enrichment_revisions", input => AnswerRows.Answers(input.Enrichments)) { Final = true },
        new("enrichment_suspects", input => AnswerRows.Suspects(input.Enrichments)) { Final = true },
        new("dead_letters", RawTables.DeadLetters) { Final = true },
        new("deployments", DeploymentViews.Deployments),
        new("deployment_days", DeploymentViews.DeploymentDays),
        new("alerts", AlertViews.Alerts),
        new("enrichments", input => AnswerRows.Answers(input.LatestAnswers)),
        new("suspects", input => AnswerRows.Suspects(input.LatestAnswers)),
        new("pipeline_activity", DeploymentViews.PipelineActivity),
        new("dora_daily", DoraView.Rows) { Approximate = ["lead_time_seconds", "recovery_time_seconds"] },
        new("suspects_by_pipeline", PipelineViews.SuspectsByPipeline) { Approximate = ["expected_alerts", "median_lag_seconds", "mean_coincidence"] },
        new("alerts_without_suspect", AlertViews.WithoutSuspect),
        new("claims", AlertViews.Claims),
        new("late_and_rejected", LateAndRejectedView.Rows),
        new("noisiest_pipelines", PipelineViews.NoisiestPipelines),
        new("time_to_answer", AlertViews.TimeToAnswer) { Approximate = ["median_seconds", "p95_seconds", "median_settled_seconds"] },
        new("candidates", CandidatesView.Rows),
    ];

    /// <param name="records">All records of the topics; repeats and order do not matter.</param>
    /// <param name="ask">Gives back what ClickHouse answers to a query in the history's database.</param>
    /// <returns>For each view how many rows it has to have, and what is wrong with those that it has.</returns>
    public static async Task<IReadOnlyList<ViewComparison>> DifferencesAsync(IReadOnlyCollection<HistoryRecord> records, Func<string, Task<string>> ask)
    {
        var input = new OracleInput(records);
        // ClickHouse 26.1 to 26.7.3 takes times before 1970 for great ones in min and max, from the third run of a query on: issue 113942 there.
        string settings = records.Any(IsEarly) ? ", compile_aggregate_expressions = 0" : "";
        var comparisons = new List<ViewComparison>();
        foreach (OracleView view in Views)
            comparisons.Add(view.Compare([.. view.Rows(input)], await ask(view.Sql(settings))));
        return comparisons;
    }

    /// <summary>Some times of a record may be a day or two before its event time.</summary>
    private static bool IsEarly(HistoryRecord record) => 3 * Calendar.DayMs > record.Event switch
    {
        Deployment d => d.OccurredAtMs,
        Alert a => Math.Min(a.OccurredAtMs, a.UpdatedAtMs),
        Enrichment e => e.AlertOccurredAtMs,
        _ => record.ArrivedMs,
    };
}

/// <summary>A view of ClickHouse against the oracle.</summary>
/// <param name="View">Its name.</param>
/// <param name="Rows">How many rows it has to have.</param>
/// <param name="Differences">Rows that are missing, and rows that should not be there; the first few. Empty: none.</param>
public sealed record ViewComparison(string View, int Rows, IReadOnlyList<string> Differences);
