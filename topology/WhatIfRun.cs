using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>Joins the records of one partition pair twice, as things are and as they are supposed, and hands on the two answers to each alert.</summary>
/// <remarks>
/// Takes the records of all accounts: they share the clock that says what is late. Holds what two joins hold, and an answer of one for as long as the other
/// has not answered the same alert, which differs where the two wait for different times.
/// </remarks>
public sealed class WhatIfRun
{
    private readonly Dictionary<Raising, ReplayedAnswer> _presentOnly = [];
    private readonly Dictionary<Raising, ReplayedAnswer> _supposedOnly = [];
    private readonly SettledRun _present;
    private readonly SettledRun? _supposed;
    private readonly long _overMs;
    private readonly bool _keepsCandidates;
    private readonly Func<Raising, bool> _isWanted;
    private readonly Action<Raising, ReplayedAnswer?, ReplayedAnswer?> _onAnswers;

    /// <param name="present">Settings and tables as they are.</param>
    /// <param name="supposed">Settings and tables as they are supposed; null to ask for the present answers only, which are then both.</param>
    /// <param name="untilMs">No alert that was raised later is wanted.</param>
    /// <param name="isWanted">Whether the answers to an alert are asked for.</param>
    /// <param name="onAnswers">Told the present and the supposed answer of each alert that is wanted; null where there is none.</param>
    public WhatIfRun(
        (JoinSettings Settings, Tables Tables) present, (JoinSettings Settings, Tables Tables)? supposed, long untilMs, Func<Raising, bool> isWanted,
        Action<Raising, ReplayedAnswer?, ReplayedAnswer?> onAnswers)
    {
        (_isWanted, _onAnswers) = (isWanted, onAnswers);
        var retentionMs = Math.Max(present.Settings.AlertRetentionMs, supposed?.Settings.AlertRetentionMs ?? 0);
        _overMs = untilMs > long.MaxValue - retentionMs ? long.MaxValue : untilMs + retentionMs;
        _present = new SettledRun(present.Settings, present.Tables, (answer, details) => Settle(answer, details, isSupposed: false));
        if (supposed is not { } other) return;
        _supposed = new SettledRun(other.Settings, other.Tables, (answer, details) => Settle(answer, details, isSupposed: true));
        // Where lists of other lengths are supposed, it is the lists that are asked about.
        _keepsCandidates = present.Settings.SuspectsMax == other.Settings.SuspectsMax;
    }

    /// <summary>Whether every alert that is wanted has settled, so that no further record changes an answer.</summary>
    public bool IsOver => _present.StreamTimeMs > _overMs && (_supposed?.StreamTimeMs ?? long.MaxValue) > _overMs;

    public void OnDeployment(Deployment deployment, long kafkaTimestampMs)
    {
        _present.OnDeployment(deployment, kafkaTimestampMs);
        _supposed?.OnDeployment(deployment, kafkaTimestampMs);
    }

    public void OnAlert(Alert alert, long kafkaTimestampMs)
    {
        _present.OnAlert(alert, kafkaTimestampMs);
        _supposed?.OnAlert(alert, kafkaTimestampMs);
    }

    /// <summary>The records are over: what is open settles as it stands.</summary>
    public void RunOut()
    {
        _present.RunOut();
        _supposed?.RunOut();
        foreach (var (key, answer) in _presentOnly) _onAnswers(key, answer, null);
        foreach (var (key, answer) in _supposedOnly) _onAnswers(key, null, answer);
        _presentOnly.Clear();
        _supposedOnly.Clear();
    }

    private void Settle(Enrichment settled, Answer details, bool isSupposed)
    {
        var key = Raising.Of(settled);
        if (!_isWanted(key)) return;
        var answer = new ReplayedAnswer(settled, _keepsCandidates ? details.Candidates.ToHashSet() : null);
        if (_supposed is null) _onAnswers(key, answer, answer);
        else if ((isSupposed ? _presentOnly : _supposedOnly).Remove(key, out var other)) _onAnswers(key, isSupposed ? other : answer, isSupposed ? answer : other);
        else (isSupposed ? _supposedOnly : _presentOnly).Add(key, answer);
    }
}

/// <summary>One raising of an alert.</summary>
public readonly record struct Raising(string AccountId, string AlertId, long OccurredAtMs)
{
    public static Raising Of(Enrichment answer) => new(answer.AccountId, answer.AlertId, answer.AlertOccurredAtMs);
}
