using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>How far a partition pair is, as seen from outside.</summary>
/// <param name="Partition">Its number.</param>
/// <param name="StreamTimeMs">The least possible value before the first record.</param>
/// <param name="State">What it holds.</param>
/// <param name="DeploymentsLag">Deployments that the broker holds and that are not applied.</param>
/// <param name="AlertsLag">Alerts that the broker holds and that are not applied.</param>
/// <param name="BufferedRecords">Of these, in memory already.</param>
/// <param name="BufferedBytes">What they take.</param>
/// <param name="RestoreRemaining">Offsets that are still to be read before its state is rebuilt.</param>
/// <param name="IsReady">Whether its state is rebuilt.</param>
internal readonly record struct PairStatus(
    int Partition, long StreamTimeMs, StateSize State, long DeploymentsLag, long AlertsLag, int BufferedRecords, long BufferedBytes, long RestoreRemaining, bool IsReady);

/// <summary>What one thread of a worker has.</summary>
internal sealed record LoopStatus(IReadOnlyList<PairStatus> Pairs);
