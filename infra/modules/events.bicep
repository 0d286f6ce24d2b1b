metadata description = 'The events of one governed subscription: its system topic, and who gets which of them.'

@description('Tags of every resource.')
param tags object

@description('Id of the subscription whose events these are.')
param subscriptionId string

@description('Name of the system topic.')
param topicName string

@description('Whether the topic is there already and somebody else\'s; then only the event subscription is made.')
param topicExists bool

@description('Name of the event subscription.')
param name string

@description('Straight into the queue, or to the function.')
@allowed(['queue', 'function'])
param delivery string

@description('ARM id of the identity that Event Grid delivers with.')
param eventsIdentityId string

@description('ARM id of the Log Analytics workspace.')
param workspaceId string

@description('ARM id of the Function App.')
param appId string

@description('ARM id of the app\'s storage account, and its queue and container by name.')
param storage {
  id: string
  queue: string
  deadLetters: string
}

// Made from shared/model/message.py and the kinds that rules judge, by `python -m tools.docs`.
var wanted = loadJsonContent('../events.json')

var identity = {
  type: 'UserAssigned'
  userAssignedIdentity: eventsIdentityId
}

// One subscription can have one such topic and no second
// ("Only one system topic is allowed per source"): hence existingTopics in main.bicep.
resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = if (!topicExists) {
  name: topicName
  location: 'global'
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${eventsIdentityId}': {}
    }
  }
  properties: {
    source: '/subscriptions/${subscriptionId}'
    topicType: 'Microsoft.Resources.Subscriptions'
  }
}

// Counts of what could not be delivered; an alert goes by them.
resource counted 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!topicExists) {
  name: 'hubwarden'
  scope: topic
  properties: {
    workspaceId: workspaceId
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

// The same name whichever way events go, so that a change of it leaves no second subscription behind.
resource subscribed 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  name: '${topicName}/${name}'
  properties: {
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    // With the identity: without, Event Grid would look for the storage account's key, and it takes none.
    deliveryWithResourceIdentity: delivery == 'queue'
      ? {
          identity: identity
          destination: {
            endpointType: 'StorageQueue'
            properties: {
              resourceId: storage.id
              queueName: storage.queue
              queueMessageTimeToLiveInSeconds: -1
            }
          }
        }
      : null
    // Event Grid asks whether the function is there, so it must have been published before.
    destination: delivery == 'function'
      ? {
          endpointType: 'AzureFunction'
          properties: {
            resourceId: '${appId}/functions/on_resource_event'
            maxEventsPerBatch: 1
            preferredBatchSizeInKilobytes: 64
          }
        }
      : null
    filter: {
      includedEventTypes: wanted.types
      advancedFilters: [
        {
          operatorType: 'StringBeginsWith'
          key: 'data.operationName'
          values: wanted.operations
        }
      ]
    }
    retryPolicy: {
      maxDeliveryAttempts: 30
      eventTimeToLiveInMinutes: 1440
    }
    deadLetterWithResourceIdentity: {
      identity: identity
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: {
          resourceId: storage.id
          blobContainerName: storage.deadLetters
        }
      }
    }
  }
  dependsOn: [topic]
}
