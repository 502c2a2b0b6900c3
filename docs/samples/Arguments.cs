using Confluent.Kafka;
using Confluent.SchemaRegistry;

namespace Samples;

/// <summary>The command line is wrong.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>Flags, and the variables that stand in for those of the connection.</summary>
internal sealed class Arguments
{
    private static readonly string[] Shared = ["bootstrap-servers", "registry", "topic-prefix", "properties"];

    private readonly Dictionary<string, string> _flags = [];
    private readonly Dictionary<string, string> _properties;

    public Arguments(string[] args, params string[] flags)
    {
        for (var i = 0; i < args.Length; i += 2)
        {
            var name = args[i].StartsWith("--", StringComparison.Ordinal) ? args[i][2..] : "";
            if (!flags.Concat(Shared).Contains(name))
                throw new UsageException($"{args[i]} is not a flag of this command.");
            _flags[name] = i + 1 < args.Length ? args[i + 1] : throw new UsageException($"{args[i]} needs a value.");
        }
        _properties = Optional("properties") is { } file ? Read(file) : [];
    }

    /// <summary>Connection and security, to which producer and consumer add what is theirs.</summary>
    public ClientConfig Kafka
    {
        get
        {
            var config = new ClientConfig(_properties.Where(p => !IsRegistry(p.Key)).ToDictionary());
            config.BootstrapServers = Optional("bootstrap-servers") ?? config.BootstrapServers ?? "localhost:9092";
            return config;
        }
    }

    public SchemaRegistryConfig Registry
    {
        get
        {
            var config = new SchemaRegistryConfig();
            foreach (var (name, value) in _properties.Where(p => IsRegistry(p.Key)))
                config.Set(name, value);
            config.Url = Optional("registry") ?? config.Url ?? "http://localhost:8081";
            return config;
        }
    }

    public string Topic(string name) => Optional("topic-prefix") + name;

    public string Required(string flag) => Optional(flag) ?? throw new UsageException($"--{flag} is missing.");

    public string? Optional(string flag) => _flags.GetValueOrDefault(flag) ?? (Shared.Contains(flag) ? Environment.GetEnvironmentVariable(Variable(flag)) : null);

    private static string Variable(string flag) => "STREAMDEPLOY_" + flag.ToUpperInvariant().Replace('-', '_');

    private static bool IsRegistry(string property) => property.StartsWith("schema.registry.", StringComparison.Ordinal);

    /// <summary>Lines of name=value, as in the client.properties that Confluent Cloud offers.</summary>
    private static Dictionary<string, string> Read(string file)
    {
        if (!File.Exists(file))
            throw new UsageException($"--properties {file}: there is no such file.");
        var properties = new Dictionary<string, string>();
        foreach (var line in File.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var parts = line.Split('=', 2, StringSplitOptions.TrimEntries);
            properties[parts[0]] = parts.Length == 2 ? parts[1] : throw new UsageException($"--properties {file}: \"{line}\" is not name=value.");
        }
        return properties;
    }
}
