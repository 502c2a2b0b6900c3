using System.Globalization;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.LiveView.Pictures;

namespace StreamDeploy.Connectors.LiveView.Health;

/// <summary>One figure over the last hour.</summary>
/// <param name="Name">What is counted.</param>
/// <param name="Now">Its value, with the unit; or why it cannot be told.</param>
/// <param name="Unit">For the table's head and the highest.</param>
/// <param name="IsBad">Whether any of it at all is worth a look.</param>
/// <param name="Points">The oldest first.</param>
/// <param name="Picture">Of them.</param>
public sealed record HealthChart(string Name, string Now, string Unit, bool IsBad, IReadOnlyList<(long AtMs, double? Value)> Points, Sparkline Picture)
{
    /// <summary>Of what time the value is, where it is not of now.</summary>
    public string Span { get; init; } = "";

    /// <summary>Null where nothing is known.</summary>
    public double? Highest => Points.Max(point => point.Value);

    public static string Number(double value) => value.ToString(value is > 0 and < 10 && value != Math.Floor(value) ? "0.#" : "N0", CultureInfo.InvariantCulture);
}

/// <summary>How many records were given up for a reason.</summary>
public sealed record DeadReason(string Words, long LastHour, long LastTenMinutes);

/// <summary>Where a pair of partitions stands.</summary>
/// <param name="Partition">The same number in each topic.</param>
/// <param name="Join">Records of deployments and alerts that the join has not read.</param>
/// <param name="Sink">Records of all topics that the sink has not read; null where there never was one.</param>
/// <param name="Worker">Who has it, by number; null where that cannot be told or nobody has it.</param>
public sealed record PartitionState(int Partition, long Join, long? Sink, int? Worker);

/// <summary>The page.</summary>
/// <param name="Findings">The worst first.</param>
/// <param name="Charts">On one time axis.</param>
/// <param name="Dead">Totals of all accounts, the most frequent first.</param>
/// <param name="Own">The viewer's account's own records that were given up, the newest first.</param>
/// <param name="Partitions">As they are now.</param>
/// <param name="Table">The charts in words: the highest value of each five minutes.</param>
/// <param name="NamesWorkers">Whether the brokers tell who has which partition.</param>
/// <param name="SinceMs">When it began to look, where that is less than an hour ago; else null.</param>
/// <param name="AtMs">When it was made.</param>
public sealed record HealthModel(
    IReadOnlyList<Finding> Findings, IReadOnlyList<HealthChart> Charts, IReadOnlyList<DeadReason> Dead, IReadOnlyList<DeadLetter> Own, IReadOnlyList<PartitionState> Partitions,
    IReadOnlyList<(long FromMs, IReadOnlyList<double?> Highest)> Table, bool NamesWorkers, long? SinceMs, long AtMs);
