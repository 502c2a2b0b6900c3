using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>The answers to one alert: what was said, what the records give now, and what they would give.</summary>
/// <param name="Key">Of the alert.</param>
/// <param name="Recorded">What production said last; null where that is not known.</param>
/// <param name="Present">What the records give under the settings as they are.</param>
/// <param name="Supposed">What they give under those that are supposed.</param>
/// <param name="Effect">From the present answer to the supposed one: what the settings do, and nothing else.</param>
/// <param name="Drift">From what was said to the present answer: what differs without any change; null where nothing is recorded.</param>
/// <param name="AgainstRecorded">From what was said to the supposed answer; null where nothing is recorded.</param>
public sealed record ReplayedAlert(
    Raising Key, Enrichment? Recorded, Enrichment? Present, Enrichment? Supposed, AnswerDifference Effect, AnswerDifference? Drift, AnswerDifference? AgainstRecorded)
{
    /// <inheritdoc cref="AnswerDifference.Between"/>
    public static ReplayedAlert Of(Raising key, Enrichment? recorded, ReplayedAnswer? present, ReplayedAnswer? supposed, double movedMin)
    {
        var effect = AnswerDifference.Between(present, supposed, movedMin);
        if (recorded is null) return new(key, null, present?.Answer, supposed?.Answer, effect, null, null);
        var said = new ReplayedAnswer(recorded);
        // A recorded answer does not say whom it did not list. Present lists of the same length need not know.
        var drift = AnswerDifference.Between(said, present is null ? null : new(present.Answer), movedMin);
        var against = drift.Kind == AnswerChange.NONE ? effect : AnswerDifference.Between(said, supposed is null ? null : new(supposed.Answer), movedMin);
        return new(key, recorded, present?.Answer, supposed?.Answer, effect, drift, against);
    }

    public bool IsChanged => Effect.Kind != AnswerChange.NONE;

    public bool IsDrifted => Drift is { Kind: not AnswerChange.NONE };

    public bool DiffersFromRecorded => AgainstRecorded is { Kind: not AnswerChange.NONE };
}

/// <summary>Counts of replayed alerts.</summary>
public sealed class WhatIfTally
{
    private readonly int[] _kinds = new int[Enum.GetValues<AnswerChange>().Length];

    /// <summary>Alerts that have an answer under either.</summary>
    public int Alerts { get; private set; }

    /// <summary>Whose answer the settings change.</summary>
    public int Changed => Alerts - Of(AnswerChange.NONE);

    public int SuspectsLost { get; private set; }
    public int SuspectsGained { get; private set; }

    /// <summary>Those with a recorded answer.</summary>
    public int Recorded { get; private set; }

    /// <summary>Recorded ones whose supposed answer differs from what was said.</summary>
    public int DifferFromRecorded { get; private set; }

    /// <summary>Of these the ones whose present answer differs from it too: not, or not only, because of the settings.</summary>
    public int DifferAnyhow { get; private set; }

    /// <summary>Recorded ones whose present answer differs from what was said, though nothing was changed.</summary>
    public int Drifted { get; private set; }

    /// <summary>Recorded answers whose alert is not among the records any more.</summary>
    public int WithoutAlert { get; private set; }

    /// <summary>By what the settings do to the answer.</summary>
    public int Of(AnswerChange kind) => _kinds[(int)kind];

    /// <summary>Alerts that were passed over, for there is nothing to compare with.</summary>
    public int PassedOver { get; private set; }

    /// <param name="alert">Null for one with nothing to compare.</param>
    public void Add(ReplayedAlert? alert)
    {
        if (alert is null)
        {
            PassedOver++;
            return;
        }
        Alerts++;
        _kinds[(int)alert.Effect.Kind]++;
        SuspectsLost += alert.Effect.Lost.Count;
        SuspectsGained += alert.Effect.Gained.Count;
        if (alert.Recorded is null) return;
        Recorded++;
        if (alert.IsDrifted) Drifted++;
        if (!alert.DiffersFromRecorded) return;
        DifferFromRecorded++;
        if (alert.IsDrifted) DifferAnyhow++;
    }

    public void AddWithoutAlert(int recorded) => WithoutAlert += recorded;
}
