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
    private static readonly Setting<string> RegistryAuth = Text("registry-auth", "user:password for the registry (better in the environment or file)", isSecret: true);
    private static readonly Setting<string> RegistryCa = Text("registry-ca", "PEM file with the authority that signed the registry's certificate");
    private static readonly Setting<string> RegistryCertificate = Text("registry-cert", "Client certificate for the registry: a PEM file, with its chain, or a PKCS#12 file");
    private static readonly Setting<string> RegistryKey = Text("registry-key", "PEM file with the key of the client certificate [default: in the file of the certificate]");
    private static readonly Setting<string> RegistryKeyPassword = Text("registry-key-password", "Password of that key or of the PKCS#12 file (better in the environment)", isSecret: true);
    private static readonly Setting<string> RegistryToken = Text("registry-token", "Bearer token for the registry (better in the environment)", isSecret: true);
    private static readonly Setting<string> OAuthUrl = Text("registry-oauth-url", "OAuth token endpoint that gives bearer tokens for the registry");
    private static readonly Setting<string> OAuthClientId = Text("registry-oauth-client-id", "Client id for the token endpoint");
    private static readonly Setting<string> OAuthClientSecret = Text("registry-oauth-client-secret", "Client secret for the token endpoint (better in the environment)", isSecret: true);
    private static readonly Setting<string> OAuthScope = Text("registry-oauth-scope", "Scope of the tokens [default: none]");
    private static readonly Setting<string> OAuthCa = Text("registry-oauth-ca", "PEM file with the authority that signed the token endpoint's certificate [default: the system's]");
    private static readonly Setting<string> LogicalCluster = Text("registry-logical-cluster", "Confluent Cloud: the registry's id, lsrc-..., sent with a bearer token");
    private static readonly Setting<string> IdentityPool = Text("registry-identity-pool", "Confluent Cloud: the identity pool, pool-..., sent with a bearer token");
    private static readonly Setting<string> Prefix = Text("topic-prefix", "Put before every topic name");
    private static readonly Setting<string> GroupProtocol = OneOf("group-protocol", "consumer (brokers 4.0 and later) or classic", "consumer", "consumer", "classic");
    private static readonly Setting<string> GroupInstance = Text("group-instance-id", "Static membership: a name that stays the same when this process restarts");
    private static readonly Setting<long> DeliveryTimeout = DurationMs("delivery-timeout", "How long a record may wait for the broker's acknowledgement", "10s");

    public static readonly Setting[] All =
    [
        Bootstrap, Registry, RegistryAuth, RegistryCa, RegistryCertificate, RegistryKey, RegistryKeyPassword, RegistryToken, OAuthUrl, OAuthClientId, OAuthClientSecret, OAuthScope,
        OAuthCa, LogicalCluster, IdentityPool, Prefix, GroupProtocol, GroupInstance, DeliveryTimeout,
    ];

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
            Registry = RegistryOf(source),
            TopicPrefix = Prefix.Of(source) ?? "",
            GroupId = groupId,
            GroupProtocol = GroupProtocol.Of(source)!,
            GroupInstanceId = GroupInstance.Of(source),
            DeliveryTimeout = TimeSpan.FromMilliseconds(DeliveryTimeout.Of(source)),
            Properties = Properties(source, flags),
        };
        return settings.Problem() is { } problem ? throw new SettingException(problem) : settings;
    }

    private static SchemaRegistrySettings RegistryOf(SettingsSource source) => new()
    {
        Url = Registry.Of(source)!,
        BasicAuthUserInfo = RegistryAuth.Of(source),
        CaLocation = RegistryCa.Of(source),
        CertificateLocation = RegistryCertificate.Of(source),
        KeyLocation = RegistryKey.Of(source),
        KeyPassword = RegistryKeyPassword.Of(source),
        BearerToken = RegistryToken.Of(source),
        OAuth = OAuthOf(source),
        LogicalCluster = LogicalCluster.Of(source),
        IdentityPool = IdentityPool.Of(source),
    };

    /// <summary>One of its settings alone is enough, so that the others are asked for.</summary>
    private static OAuthSettings? OAuthOf(SettingsSource source)
    {
        var oauth = new OAuthSettings
        {
            TokenEndpoint = OAuthUrl.Of(source) ?? "",
            ClientId = OAuthClientId.Of(source) ?? "",
            ClientSecret = OAuthClientSecret.Of(source) ?? "",
            Scope = OAuthScope.Of(source),
            CaLocation = OAuthCa.Of(source),
        };
        return oauth == new OAuthSettings { TokenEndpoint = "", ClientId = "", ClientSecret = "" } ? null : oauth;
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
