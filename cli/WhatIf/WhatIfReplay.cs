using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Cli.WhatIf;

/// <summary>Which alerts are asked for, and what of an answer counts.</summary>
/// <param name="AccountId">Null for all accounts.</param>
/// <param name="FromMs">Raised then or later.</param>
/// <param name="ToMs">Raised then or earlier.</param>
/// <param name="MovedMin">The least change of a probability that counts.</param>
internal sealed record WhatIfQuestion(string? AccountId, long FromMs, long ToMs, double MovedMin)
{
    public bool Holds(Raising key) => key.OccurredAtMs >= FromMs && key.OccurredAtMs <= ToMs && (AccountId is null || key.AccountId == AccountId);
}

/// <summary>Joins what was, one partition pair after another, as things are and as they are supposed.</summary>
/// <remarks>
/// An answer depends on nothing that happened longer before the alert than the widest window, so events count from then on. Holds the state of two joins and
/// the last recorded answer, without its evidence, of each alert of one pair that is asked for.
/// </remarks>
internal sealed class WhatIfReplay(IPast past, (JoinSettings Settings, Tables Tables) present, (JoinSettings Settings, Tables Tables)? supposed, WhatIfQuestion question)
{
    private readonly JoinSettings _widest = present.Settings with
    {
        BeforeMaxMs = Math.Max(present.Settings.BeforeMaxMs, supposed?.Settings.BeforeMaxMs ?? 0),
        SkewMs = Math.Max(present.Settings.SkewMs, supposed?.Settings.SkewMs ?? 0),
    };

    public WhatIfTally Tally { get; } = new();

    /// <summary>Hands on every alert that is asked for; those of a pair in no particular order.</summary>
    /// <remarks>Where nothing is supposed, what was recorded stands for the present answer and what the records give for the supposed one.</remarks>
    public async Task RunAsync(Action<ReplayedAlert> onAlert, CancellationToken cancellationToken)
    {
        foreach (var pair in await past.PairsAsync(question.AccountId, question.FromMs - _widest.SkewMs, cancellationToken).ConfigureAwait(false))
        {
            var recorded = await RecordedAsync(pair, cancellationToken).ConfigureAwait(false);
            var run = new WhatIfRun(present, supposed, question.ToMs, question.Holds, (key, now, then) =>
            {
                var alert = recorded.Remove(key, out var said) || supposed is not null
                    ? ReplayedAlert.Of(key, said, supposed is null ? new ReplayedAnswer(said!) : now, then, question.MovedMin)
                    : null;
                Tally.Add(alert);
                if (alert is not null) onAlert(alert);
            });
            await JoinAsync(pair, run, cancellationToken).ConfigureAwait(false);
            Tally.AddWithoutAlert(recorded.Count);
        }
    }

    private async Task<Dictionary<Raising, Enrichment>> RecordedAsync(int pair, CancellationToken cancellationToken)
    {
        var recorded = new Dictionary<Raising, Enrichment>();
        await foreach (var answer in past.AnswersAsync(pair, _widest, question.FromMs, cancellationToken).ConfigureAwait(false))
        {
            var key = Raising.Of(answer);
            if (!question.Holds(key)) continue;
            if (recorded.TryGetValue(key, out var known) && (known.Settled && !answer.Settled || known.Revision > answer.Revision)) continue;
            recorded[key] = answer with { Suspects = [.. answer.Suspects.Select(suspect => suspect with { Evidence = [] })] };
        }
        return recorded;
    }

    private async Task JoinAsync(int pair, WhatIfRun run, CancellationToken cancellationToken)
    {
        var fromMs = question.FromMs - _widest.BeforeMaxMs - _widest.SkewMs;
        await using var deployments = past.DeploymentsAsync(pair, _widest, fromMs, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using var alerts = past.AlertsAsync(pair, _widest, fromMs, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var (hasDeployment, hasAlert) = (await deployments.MoveNextAsync().ConfigureAwait(false), await alerts.MoveNextAsync().ConfigureAwait(false));
        while ((hasDeployment || hasAlert) && !run.IsOver)
        {
            var step = ArrivalMerge.Next(
                hasDeployment ? (deployments.Current.Record.OccurredAtMs, deployments.Current.KafkaTimestampMs) : null,
                hasAlert ? (alerts.Current.Record.UpdatedAtMs, alerts.Current.KafkaTimestampMs) : null);
            if (step == MergeStep.TakeDeployment)
            {
                run.OnDeployment(deployments.Current.Record, deployments.Current.KafkaTimestampMs);
                hasDeployment = await deployments.MoveNextAsync().ConfigureAwait(false);
            }
            else
            {
                run.OnAlert(alerts.Current.Record, alerts.Current.KafkaTimestampMs);
                hasAlert = await alerts.MoveNextAsync().ConfigureAwait(false);
            }
        }
        run.RunOut();
    }
}
