using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Opens librdkafka's clients with what they need to be right, the defaults of this product and the user's properties, in rising order: user over default.</summary>
internal sealed class KafkaClients
{
    private static readonly string[] Roles = ["consumer.", "producer.", "admin."];

    // librdkafka's default.
    private const long UnknownTopicMsMax = 30_000;

    private readonly KafkaSettings _settings;
    private readonly ILogger _log;
    private readonly Secrets _secrets;
    private readonly RepeatLimit _repeats = new(linesMax: 1);

    public KafkaClients(KafkaSettings settings, ILoggerFactory logs)
    {
        if (settings.Problem() is { } problem)
            throw new KafkaSettingsException(problem);
        _settings = settings;
        _log = logs.CreateLogger("StreamDeploy.Kafka");
        _secrets = new Secrets(settings.Properties);
    }

    /// <summary>A producer whose callers wait for each record: what lingers, they wait for.</summary>
    public IProducer<byte[]?, byte[]?> OpenProducer() => OpenProducer([], lingerMs: 2, unknownTopicMs: Math.Min(UnknownTopicMsMax, (long)(_settings.DeliveryTimeout / 2).TotalMilliseconds));

    private IProducer<byte[]?, byte[]?> OpenProducer(Dictionary<string, string> more, int lingerMs = 5, long unknownTopicMs = UnknownTopicMsMax)
    {
        var config = Config("producer.",
            required: new(more)
            {
                ["enable.idempotence"] = "true",
                ["acks"] = "all",
                ["partitioner"] = "murmur2_random",
            },
            defaults: new()
            {
                ["linger.ms"] = Text(lingerMs),
                ["compression.type"] = "lz4",
                // librdkafka's own limit is a gigabyte.
                ["queue.buffering.max.kbytes"] = "131072",
                // A transaction that begins while the broker still marks the end of the one before is told to try again: after a tenth of a second by default,
                // and an answer that is to be seen at once waits. Each further try waits twice as long, up to a second.
                ["retry.backoff.ms"] = "5",
                ["message.timeout.ms"] = Text((long)_settings.DeliveryTimeout.TotalMilliseconds),
                // Records wait so long for a topic that the brokers do not know yet: less than for anything else, or a missing topic would be told as a missing acknowledgement.
                ["topic.metadata.propagation.max.ms"] = Text(unknownTopicMs),
                // Answers and dead letters may be larger than what came in; the topic's own limit decides.
                ["message.max.bytes"] = "8388608",
            });
        return Open(() => new ProducerBuilder<byte[]?, byte[]?>(config).SetLogHandler((_, m) => Log(m)).SetErrorHandler((_, e) => Log(e)).Build());
    }

    /// <summary>A producer whose transactions are ended by the broker where it dies within one. Deliveries need not be reported one by one: the commit fails where one did.</summary>
    public IProducer<byte[]?, byte[]?> OpenTransactionalProducer(string transactionalId, bool deliveryReports = false) => OpenProducer(new()
    {
        ["transactional.id"] = transactionalId,
        // As long as a batch may take. A worker that died holds readers of its partitions up for so long, and the worker that takes over.
        ["transaction.timeout.ms"] = Text((long)_settings.DeliveryTimeout.TotalMilliseconds),
        ["dotnet.producer.enable.delivery.reports"] = deliveryReports ? "true" : "false",
    });

    /// <summary>A consumer that commits only when told, tells the end of a partition and does not see aborted transactions.</summary>
    public IConsumer<byte[]?, byte[]?> OpenConsumer(Action<ConsumerBuilder<byte[]?, byte[]?>>? configure = null, bool member = false, Action<Error>? onError = null, int fetchWaitMs = 100)
    {
        var defaults = new Dictionary<string, string>
        {
            ["auto.offset.reset"] = "earliest",
            // A partition whose fetching goes on waits for the fetch of the others to return, which with nothing new takes this long.
            ["fetch.wait.max.ms"] = Text(fetchWaitMs),
            // Of each partition of a worker: enough to be busy with while more is fetched. How long fetching stops at these bounds is a second by default.
            ["queued.min.messages"] = "10000",
            ["queued.max.messages.kbytes"] = "1024",
            ["fetch.queue.backoff.ms"] = "2",
        };
        if (member)
        {
            defaults["group.protocol"] = _settings.GroupProtocol;
            defaults[_settings.GroupProtocol == "consumer" ? "group.remote.assignor" : "partition.assignment.strategy"] = "range";
            if (_settings.GroupInstanceId is { } id)
                defaults["group.instance.id"] = id;
        }
        var config = Config("consumer.",
            required: new()
            {
                ["group.id"] = _settings.GroupId,
                ["enable.auto.commit"] = "false",
                ["enable.auto.offset.store"] = "false",
                ["enable.partition.eof"] = "true",
                ["isolation.level"] = "read_committed",
            },
            defaults);
        var builder = new ConsumerBuilder<byte[]?, byte[]?>(config)
            .SetLogHandler((_, m) => Log(m))
            .SetErrorHandler((_, e) =>
            {
                Log(e);
                onError?.Invoke(e);
            });
        configure?.Invoke(builder);
        return Open(builder.Build);
    }

    public IAdminClient OpenAdmin()
    {
        var config = Config("admin.", [], []);
        return Open(() => new AdminClientBuilder(config).SetLogHandler((_, m) => Log(m)).SetErrorHandler((_, e) => Log(e)).Build());
    }

    /// <summary>Whether waiting will not mend it.</summary>
    public static bool IsFinal(Error error) =>
        error.IsFatal || error.Code is ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed;

    private Dictionary<string, string> Config(string role, Dictionary<string, string> required, Dictionary<string, string> defaults)
    {
        var config = new Dictionary<string, string>(defaults)
        {
            ["bootstrap.servers"] = _settings.BootstrapServers,
            ["client.id"] = "streamdeploy",
            // Connection changes are told by the error callback; a line for each idle connection closed is noise.
            ["log.connection.close"] = "false",
        };
        foreach (var (name, value) in _settings.Properties.Where(p => !Roles.Any(r => p.Key.StartsWith(r, StringComparison.Ordinal))))
            config[name] = value;
        foreach (var (name, value) in _settings.Properties.Where(p => p.Key.StartsWith(role, StringComparison.Ordinal)))
            config[name[role.Length..]] = value;
        foreach (var (name, value) in required)
        {
            if (config.TryGetValue(name, out var given) && given != value)
                throw new KafkaSettingsException($"Kafka property \"{name}\" is \"{given}\", but StreamDeploy depends on \"{value}\": leave it out");
            config[name] = value;
        }
        return config;
    }

    private static T Open<T>(Func<T> build)
    {
        LibRdKafkaCheck.ThrowUnlessUsable();
        try
        {
            return build();
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KafkaException)
        {
            // librdkafka names the property: No such configuration property: "linger.mss".
            throw new KafkaSettingsException($"Kafka property refused: {e.Message}{KerberosHint(e.Message)}", e);
        }
    }

    // librdkafka's own advice is to recompile it.
    private static string KerberosHint(string problem) => problem.Contains("SASL mechanism GSSAPI", StringComparison.Ordinal)
        ? ". The librdkafka that was loaded has no Kerberos: install libsasl2 under the name libsasl2.so.3 (docs/kafka-client.md says how)" : "";

    private void Log(LogMessage m)
    {
        var level = (LogLevel)m.LevelAs(LogLevelType.MicrosoftExtensionsLogging);
        var keptBack = 0;
        if (!_log.IsEnabled(level) || level >= LogLevel.Warning && !_repeats.Allows($"{m.Name} {m.Facility}", out keptBack))
            return;
        _log.Librdkafka(level, m.Name, m.Facility, _secrets.Mask(m.Message));
        if (keptBack > 0)
            _log.KeptBack(keptBack, m.Facility);
    }

    private void Log(Error e)
    {
        // A connection that fails has been told by the log handler already.
        if (e.Code is ErrorCode.Local_Transport or ErrorCode.Local_Resolve || !_repeats.Allows(e.Code.ToString(), out var keptBack))
            return;
        var reason = _secrets.Mask(e.Reason);
        _log.ClientError(e.IsFatal ? LogLevel.Error : LogLevel.Warning, e.Code, reason);
        if (keptBack > 0)
            _log.KeptBack(keptBack, e.Code.ToString());
    }

    private static string Text(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
