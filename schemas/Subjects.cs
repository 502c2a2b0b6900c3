namespace StreamDeploy.Schemas;

/// <summary>Under which subject a registry keeps a topic's schemas: Confluent's TopicNameStrategy.</summary>
public static class Subjects
{
    public static string Of(string topic) => topic + "-value";
}
