using System.CommandLine;
using StreamDeploy.Connectors.Kafka;
using static StreamDeploy.Cli.Settings.SettingOf;

namespace StreamDeploy.Cli.Settings;

/// <summary>How to reach Kafka and the schema registry.</summary>
internal static class KafkaOptions
{
    private const string PropertyVariable = "STREAMDEPLOY_PROPERTY_";

    private static readonly Setting<string> Bootstrap = Text("bootstrap-servers", "Kafka brokers, as host:port,host:port", "localhost:9092");
    private static readonly Setting<string> Registry = Text("registry", "Schema registry, Confluent API", "http://localhost:8081");
    private static readonly Setting<string> RegistryAuth = Text("registry-auth", "user:password for the registry (better in the environment or file)");
    private static readonly Setting<string> RegistryCa = Text("registry-ca", "PEM file with the authority that signed the registry's certificate");
    private static readonly Setting<string> Prefix = Text("topic-prefix", "Put before every topic name");
    private static readonly Setting<string> GroupProtocol = OneOf("group-protocol", "consumer (brokers 4.0 and later) or classic", "consumer", "consumer", "classic");
    private static readonly Setting<string> GroupInstance = Text("group-instance-id", "Static membership: a name that stays the same when this process restarts");
    private static readonly Setting<long> DeliveryTimeout = DurationMs("delivery-timeout", "How long a record may wait for the broker's acknowledgement", "10s");

    public static readonly Setting[] All = [Bootstrap, Registry, RegistryAuth, RegistryCa, Prefix, GroupProtocol, GroupInstance, DeliveryTimeout];

    /// <summary>Any librdkafka property, as in <c>-X security.protocol=SASL_SSL</c>.</summary>
    public static readonly Option<string[]> Property = new("--property", "-X")
    {
        Description = "A librdkafka property, name=value; also STREAMDEPLOY_PROPERTY_SECURITY_PROTOCOL=... and `properties:` in the file. May be repeated",
        HelpName = "NAME=VALUE",
    };

    public static KafkaSettings Of(SettingsSource source, ParseResult flags, string groupId)
    {
        var settings = new KafkaSettings
        {
            BootstrapServers = Bootstrap.Of(source)!,
            Registry = new SchemaRegistrySettings { Url = Registry.Of(source)!, BasicAuthUserInfo = RegistryAuth.Of(source), CaLocation = RegistryCa.Of(source) },
            TopicPrefix = Prefix.Of(source) ?? "",
            GroupId = groupId,
            GroupProtocol = GroupProtocol.Of(source)!,
            GroupInstanceId = GroupInstance.Of(source),
            DeliveryTimeout = TimeSpan.FromMilliseconds(DeliveryTimeout.Of(source)),
            Properties = Properties(source, flags),
        };
        return settings.Problem() is { } problem ? throw new SettingException(problem) : settings;
    }

    private static Dictionary<string, string> Properties(SettingsSource source, ParseResult flags)
    {
        var properties = new Dictionary<string, string>(source.FileProperties, StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (variable.Key is string name && name.StartsWith(PropertyVariable, StringComparison.Ordinal))
            {
                properties[name[PropertyVariable.Length..].ToLowerInvariant().Replace('_', '.')] = (string?)variable.Value ?? "";
            }
        }
        foreach (var pair in flags.GetValue(Property) ?? [])
        {
            var equals = pair.IndexOf('=');
            if (equals <= 0) throw new SettingException($"-X {pair}: a property is given as name=value.");
            properties[pair[..equals]] = pair[(equals + 1)..];
        }
        return properties;
    }
}
