metadata description = 'The app\'s storage, for identities only: queues, memory, reports, package, dead letters.'

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('What makes names unique.')
param token string

@description('Copies in three zones instead of one.')
param zoneRedundant bool

@description('Closed to the internet; private endpoints are the way in.')
param privateNetwork bool

@description('Object id of the app\'s identity.')
param appPrincipalId string

@description('Object id of the identity that Event Grid delivers with.')
param eventsPrincipalId string

@description('Log Analytics workspace that is told of each write to a blob, to see dead letters; empty for none.')
param blobLogWorkspaceId string

var names = loadJsonContent('../storage.json')
var package = 'deployments'
var deadLetters = 'event-dead-letters'

// Built-in roles: learn.microsoft.com/azure/role-based-access-control/built-in-roles/storage
var appRoles = {
  blobs: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner; the Functions host asks for no less
  queues: '974c5e8b-45b9-4653-ba55-5f855dd0fb88' // Storage Queue Data Contributor
  tables: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
}
var queueSender = 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a' // Storage Queue Data Message Sender
var blobContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: 'sthw${token}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
  }
  properties: {
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    // Not Disabled: Event Grid has no way in but this one, as a trusted service that shows its identity
    // (learn.microsoft.com/azure/event-grid/consume-private-endpoints). With Deny nobody else has.
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      defaultAction: privateNetwork ? 'Deny' : 'Allow'
      bypass: 'AzureServices'
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: {
      enabled: true
      days: 14
    }
  }
}

// A dead letter of a topic that is not ours shows in no metric that we have. Writes only: few, but for locks.
resource written 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(blobLogWorkspaceId)) {
  name: 'hubwarden'
  scope: blobs
  properties: {
    workspaceId: blobLogWorkspaceId
    logs: [
      {
        category: 'StorageWrite'
        enabled: true
      }
    ]
  }
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = [
  for name in [package, names.reports, deadLetters]: {
    parent: blobs
    name: name
    properties: {
      publicAccess: 'None'
    }
  }
]

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2025-01-01' = {
  parent: account
  name: 'default'
}

resource changes 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-01-01' = {
  parent: queueService
  name: names.changes
}

resource poison 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-01-01' = {
  parent: queueService
  name: names.poison
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2025-01-01' = {
  parent: account
  name: 'default'
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-01-01' = [
  for name in names.tables: {
    parent: tableService
    name: name
  }
]

// A dead letter is an event as it came, and holds who did what from where: personal data that nobody needs for long.
resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2025-01-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'forget-dead-letters'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: ['blockBlob']
              prefixMatch: ['${deadLetters}/']
            }
            actions: {
              baseBlob: {
                delete: {
                  daysAfterModificationGreaterThan: 30
                }
              }
            }
          }
        }
      ]
    }
  }
  dependsOn: [blobs]
}

resource appAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in items(appRoles): {
    name: guid(account.id, appPrincipalId, role.value)
    scope: account
    properties: {
      principalId: appPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
    }
  }
]

resource eventsIn 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(changes.id, eventsPrincipalId, queueSender)
  scope: changes
  properties: {
    principalId: eventsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', queueSender)
  }
}

resource eventsAside 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(containers[2].id, eventsPrincipalId, blobContributor)
  scope: containers[2]
  properties: {
    principalId: eventsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobContributor)
  }
}

output id string = account.id
output blobEndpoint string = account.properties.primaryEndpoints.blob
output queueEndpoint string = account.properties.primaryEndpoints.queue
output tableEndpoint string = account.properties.primaryEndpoints.table
output changesQueue string = changes.name
output packageContainer string = package
output deadLetterContainer string = deadLetters
output reportsContainer string = names.reports
