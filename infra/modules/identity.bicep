metadata description = 'Two identities without a secret: what the app is to Azure, and what Event Grid delivers with.'

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('What makes names unique.')
param token string

resource app 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-hubwarden-${token}'
  location: location
  tags: tags
}

// Of its own, so that Event Grid may put messages on one queue and can do nothing else.
resource events 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-hubwarden-events-${token}'
  location: location
  tags: tags
}

output appId string = app.id
output appClientId string = app.properties.clientId
output appPrincipalId string = app.properties.principalId
output eventsId string = events.id
output eventsPrincipalId string = events.properties.principalId
